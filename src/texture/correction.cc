#include "texture/correction.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "texture/clones.h"
#include "texture/multigrid.h"

namespace pawfect::texture {
namespace {

using Sums = std::array<double, 4>;  // one a channel

Grid finest_grid(const CorrectionProblem& p, float screening) {
  Grid g(p.box.width, p.box.height);
  for (int y = 0; y < g.height; ++y) {
    for (int x = 0; x < g.width; ++x) {
      const std::size_t from = std::size_t(y) * g.width + x;
      if (!p.unknown[from]) continue;
      int coupled = 0, fixed = 0;
      const auto see = [&](int qx, int qy) {
        if (qx < 0 || qy < 0 || qx >= g.width || qy >= g.height) return;
        const std::size_t q = std::size_t(qy) * g.width + qx;
        coupled += p.coupled[q];
        fixed += p.coupled[q] && !p.unknown[q];
      };
      see(x - 1, y), see(x + 1, y), see(x, y - 1), see(x, y + 1);
      const std::size_t i = g.index(x, y);
      g.held[i] = float(fixed) + screening;
      g.diagonal[i] = float(coupled) + screening;
      g.inverse[i] = 1.0f / g.diagonal[i];
      std::copy_n(&p.right[from * 4], 4, &g.right[i * 4]);
    }
  }
  return g;
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

// Loops over the rows of one grid, frame included.
struct RowLoop {
  int rows, floats;
  Workers& workers;

  void each(const std::function<void(std::size_t)>& work) const {
    workers.run_rows(rows, 32, std::int64_t{rows} * floats / 4, [&](int first, int last) {
      for (int row = first; row < last; ++row) work(std::size_t(row) * floats);
    });
  }

  // Summed row by row in a fixed order, so that it does not hang on the number of threads.
  Sums dot(const std::vector<float>& a, const std::vector<float>& b) const {
    std::vector<Sums> of_row(rows);
    each([&](std::size_t at) { dot_row(&a[at], &b[at], floats, of_row[at / floats].data()); });
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

}  // namespace

// Conjugate gradients (Hestenes and Stiefel 1952), preconditioned.
std::vector<float> solve_correction(const CorrectionProblem& p, float screening, int rounds,
                                    Workers& workers) {
  std::vector<Grid> grids;
  grids.push_back(finest_grid(p, screening));
  add_coarser_grids(grids);
  Grid& g = grids[0];
  const std::size_t n = g.u.size();
  const RowLoop loop = {g.height + 2, g.stride * 4, workers};
  std::vector<float> u(n, 0.0f), residual = g.right, direction(n, 0.0f);
  std::vector<float>& image = g.right;  // free once the cycle has read it
  Sums energy{};
  for (int round = 0; round < rounds; ++round) {
    g.right = residual;
    v_cycle(grids, workers);
    const Sums now = loop.dot(residual, g.u);
    const std::array<float, 4> keep = quotients(now, energy, 1.0f);
    energy = now;
    loop.each([&](std::size_t at) {
      scale_and_add_row(&g.u[at], keep.data(), &direction[at], loop.floats);
    });
    g.u = direction;
    apply_finest(g, image, workers);
    const Sums curvature = loop.dot(direction, image);
    const std::array<float, 4> step = quotients(energy, curvature, 1.0f);
    const std::array<float, 4> back = quotients(energy, curvature, -1.0f);
    loop.each([&](std::size_t at) {
      add_scaled_row(&direction[at], step.data(), &u[at], loop.floats);
      add_scaled_row(&image[at], back.data(), &residual[at], loop.floats);
    });
  }
  std::vector<float> out(std::size_t(p.box.area()) * 4);
  for (int y = 0; y < g.height; ++y) {
    std::copy_n(&u[g.index(0, y) * 4], std::size_t(g.width) * 4,
                &out[std::size_t(y) * g.width * 4]);
  }
  return out;
}

double correction_residual(const CorrectionProblem& p, const std::vector<float>& u,
                           float screening) {
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
