#include "texture/correction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "texture/clones.h"
#include "texture/multigrid.h"

namespace pawfect::texture {
namespace {

using Sums = std::array<double, 4>;  // one a channel

// Sets what rows [first, last) of the finest grid couple to, and their right side.
void couple_rows(const CorrectionProblem& p, float screening, Grid& g, int first, int last) {
  const int w = p.box.width, h = p.box.height;
  const Region& region = g.region;
  for (std::int32_t n = region.row_segments[first]; n < region.row_segments[last]; ++n) {
    const Segment& s = region.segments[n];
    for (int k = 0; k < s.length; ++k) {
      int coupled = 0, fixed = 0;
      const auto see = [&](int x, int y) {
        if (x < 0 || y < 0 || x >= w || y >= h) return;
        const std::size_t q = std::size_t(y) * w + x;
        coupled += p.coupled[q];
        fixed += p.coupled[q] && !p.unknown[q];
      };
      const int x = s.x0 + k, y = s.y;
      see(x - 1, y), see(x + 1, y), see(x, y - 1), see(x, y + 1);
      const std::size_t i = std::size_t(s.at) + std::size_t(k);
      g.held[i] = float(fixed) + screening;
      g.diagonal[i] = float(coupled) + screening;
      g.inverse[i] = 1.0f / g.diagonal[i];
      std::copy_n(&p.right[(std::size_t(y) * w + x) * 4], 4, &g.right[i * 4]);
    }
  }
}

PAWFECT_CLONES
void dot_row(const float* a, const float* b, int floats, double* sums) {
  double s[4] = {0, 0, 0, 0};
  for (int i = 0; i < floats; i += 4) {
    for (int c = 0; c < 4; ++c) s[c] += double(a[i + c]) * double(b[i + c]);
  }
  for (int c = 0; c < 4; ++c) sums[c] = s[c];
}

// y = x + factor * y, per channel.
PAWFECT_CLONES
void scale_and_add_row(const float* x, const float* factor, float* y, int floats) {
  for (int i = 0; i < floats; i += 4) {
    for (int c = 0; c < 4; ++c) y[i + c] = x[i + c] + factor[c] * y[i + c];
  }
}

// y += factor * x, per channel.
PAWFECT_CLONES
void add_scaled_row(const float* x, const float* factor, float* y, int floats) {
  for (int i = 0; i < floats; i += 4) {
    for (int c = 0; c < 4; ++c) y[i + c] += factor[c] * x[i + c];
  }
}

// Loops over the cells of one grid, a row at a time. Empty cells hold 0 and stay 0.
struct CellLoop {
  const Grid& grid;
  Workers& workers;

  // work(row, first float, floats)
  void each(const std::function<void(int, std::size_t, int)>& work) const {
    const std::vector<std::int32_t>& cells = grid.region.row_cells;
    for_rows(grid, workers, [&](int first, int last) {
      for (int y = first; y < last; ++y)
        work(y, std::size_t(cells[y]) * 4, (cells[y + 1] - cells[y]) * 4);
    });
  }

  // A plane of zeros.
  Plane<float> zeros() const {
    Plane<float> plane(grid.u.size());
    clear_empty_cells(grid.region, 4, plane);
    each([&](int, std::size_t at, int floats) { std::fill_n(&plane[at], floats, 0.0f); });
    return plane;
  }

  // Summed row by row in a fixed order, so that it does not hang on the number of threads.
  Sums dot(const Plane<float>& a, const Plane<float>& b) const {
    std::vector<Sums> of_row(grid.region.height);
    each([&](int y, std::size_t at, int floats) {
      dot_row(a.data() + at, b.data() + at, floats, of_row[y].data());
    });
    Sums sum{};
    for (const Sums& s : of_row) {
      for (int c = 0; c < 4; ++c) sum[c] += s[c];
    }
    return sum;
  }
};

std::array<float, 4> quotients(const Sums& a, const Sums& b, float sign) {
  std::array<float, 4> q{};
  for (int c = 0; c < 4; ++c) q[c] = b[c] > 0 ? sign * float(a[c] / b[c]) : 0.0f;
  return q;
}

// A plane of cells, laid out on the region's box; 0 where there is no cell.
Plane<float> on_box(const Region& region, const Plane<float>& cells, Workers& workers) {
  const std::size_t width = std::size_t(region.width);
  Plane<float> out(width * region.height * 4);
  constexpr int kRowsEach = 32;
  workers.run_rows(region.height, kRowsEach, region.cells, [&](int first, int last) {
    std::fill(out.begin() + std::ptrdiff_t(first * width * 4),
              out.begin() + std::ptrdiff_t(last * width * 4), 0.0f);
    for (int k = region.row_runs[first]; k < region.row_runs[last]; ++k) {
      const Run& run = region.runs[k];
      std::copy_n(&cells[std::size_t(run.at) * 4], std::size_t(run.x1 - run.x0) * 4,
                  &out[(run.y * width + run.x0) * 4]);
    }
  });
  return out;
}

}  // namespace

// Conjugate gradients (Hestenes and Stiefel 1952), preconditioned.
Plane<float> solve_correction(CorrectionProblem p, float screening, int rounds, Workers& workers) {
  std::vector<Grid> grids;
  grids.emplace_back(
      make_region(p.box.width, p.box.height, runs_of(p.unknown, p.box.width, p.box.height)));
  Grid& finest = grids[0];
  for_rows(finest, workers,
           [&](int first, int last) { couple_rows(p, screening, finest, first, last); });
  p.right = {}, p.unknown = {}, p.coupled = {};  // the grids hold it all now
  add_coarser_grids(grids, workers);

  Grid& g = grids[0];
  const CellLoop loop = {g, workers};
  Plane<float> u = loop.zeros(), direction = loop.zeros();
  Plane<float>& residual = g.right;
  Sums energy{};
  for (int round = 0; round < rounds; ++round) {
    v_cycle(grids, workers);
    const Sums now = loop.dot(residual, g.u);
    const std::array<float, 4> keep = quotients(now, energy, 1.0f);
    energy = now;
    loop.each([&](int, std::size_t at, int floats) {
      scale_and_add_row(g.u.data() + at, keep.data(), direction.data() + at, floats);
    });
    Plane<float>& image = g.u;  // free until the next cycle
    apply_finest(g, direction, image, workers);
    const Sums curvature = loop.dot(direction, image);
    const std::array<float, 4> step = quotients(energy, curvature, 1.0f);
    const std::array<float, 4> back = quotients(energy, curvature, -1.0f);
    loop.each([&](int, std::size_t at, int floats) {
      add_scaled_row(direction.data() + at, step.data(), u.data() + at, floats);
      add_scaled_row(image.data() + at, back.data(), residual.data() + at, floats);
    });
  }
  const Region region = std::move(g.region);
  grids.clear();
  direction = {};
  return on_box(region, u, workers);
}

double correction_residual(const CorrectionProblem& p, const Plane<float>& u, float screening) {
  double sum = 0;
  const int w = p.box.width, h = p.box.height;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const std::size_t i = std::size_t(y) * w + x;
      if (!p.unknown[i]) continue;
      for (int c = 0; c < 4; ++c) {
        double weight = screening, around = 0;
        const auto see = [&](int qx, int qy) {
          if (qx < 0 || qy < 0 || qx >= w || qy >= h) return;
          const std::size_t q = std::size_t(qy) * w + qx;
          if (!p.coupled[q]) return;
          weight += 1;
          if (p.unknown[q]) around += u[q * 4 + c];
        };
        see(x - 1, y), see(x + 1, y), see(x, y - 1), see(x, y + 1);
        const double r = p.right[i * 4 + c] + around - weight * u[i * 4 + c];
        sum += r * r;
      }
    }
  }
  return std::sqrt(sum);
}

}  // namespace pawfect::texture
