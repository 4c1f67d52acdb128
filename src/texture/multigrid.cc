#include "texture/multigrid.h"

#include <algorithm>
#include <cstdint>

#include "texture/clones.h"

namespace pawfect::texture {
namespace {

constexpr int kRowsEach = 32;

// Halves a grid by joining 2x2 pixels: a coarse weight is the sum of the fine ones that it stands
// for (Galerkin's product with piecewise constant interpolation). Too stiff for smooth errors by up
// to two, which `add_coarse` and the conjugate gradients make up for (Braess 1995).
Grid coarser_grid(const Grid& fine) {
  Grid g((fine.width + 1) / 2, (fine.height + 1) / 2);
  g.to_right.assign(g.held.size(), 0.0f), g.to_below.assign(g.held.size(), 0.0f);
  const auto weight = [&](const std::vector<float>& stored, std::size_t i, std::size_t other) {
    return !fine.is_unknown(other) ? 0.0f : stored.empty() ? 1.0f : stored[i];
  };
  for (int y = 0; y < fine.height; ++y) {
    for (int x = 0; x < fine.width; ++x) {
      const std::size_t i = fine.index(x, y);
      if (!fine.is_unknown(i)) continue;
      const std::size_t j = g.index(x / 2, y / 2);
      g.held[j] += fine.held[i];
      if (x % 2 == 1) g.to_right[j] += weight(fine.to_right, i, i + 1);
      if (y % 2 == 1) g.to_below[j] += weight(fine.to_below, i, i + fine.stride);
    }
  }
  for (int y = 0; y < g.height; ++y) {
    for (int x = 0; x < g.width; ++x) {
      const std::size_t j = g.index(x, y);
      g.diagonal[j] =
          g.held[j] + g.to_right[j] + g.to_right[j - 1] + g.to_below[j] + g.to_below[j - g.stride];
      if (g.diagonal[j] > 0) g.inverse[j] = 1.0f / g.diagonal[j];
    }
  }
  return g;
}

// What its neighbours pull pixel i to, on the finest grid and on a coarser one.
inline float pull_plain(const Grid& g, const float* u) {
  return (u[-4] + u[4]) + (u[-4 * g.stride] + u[4 * g.stride]);
}
inline float pull_weighted(const Grid& g, std::size_t i, const float* u) {
  return (g.to_right[i - 1] * u[-4] + g.to_right[i] * u[4]) +
         (g.to_below[i - g.stride] * u[-4 * g.stride] + g.to_below[i] * u[4 * g.stride]);
}

PAWFECT_CLONES
void smooth_rows_plain(Grid& g, int colour, int first, int last) {
  for (int y = first; y < last; ++y) {
    for (int x = (y + colour) & 1; x < g.width; x += 2) {
      const std::size_t i = g.index(x, y);
      const float inverse = g.inverse[i];
      if (inverse == 0.0f) continue;
      float* u = &g.u[i * 4];
      const float* right = &g.right[i * 4];
      for (int c = 0; c < 4; ++c) u[c] = inverse * (right[c] + pull_plain(g, u + c));
    }
  }
}

PAWFECT_CLONES
void smooth_rows_weighted(Grid& g, int colour, int first, int last) {
  for (int y = first; y < last; ++y) {
    for (int x = (y + colour) & 1; x < g.width; x += 2) {
      const std::size_t i = g.index(x, y);
      const float inverse = g.inverse[i];
      if (inverse == 0.0f) continue;
      float* u = &g.u[i * 4];
      const float* right = &g.right[i * 4];
      for (int c = 0; c < 4; ++c) u[c] = inverse * (right[c] + pull_weighted(g, i, u + c));
    }
  }
}

// Red-black Gauss-Seidel: pixels of one colour read only pixels of the other.
void smooth(Grid& g, int colour, Workers& workers) {
  workers.run_rows(g.height, kRowsEach, std::int64_t{g.width} * g.height / 2,
                   [&](int first, int last) {
                     g.to_right.empty() ? smooth_rows_plain(g, colour, first, last)
                                        : smooth_rows_weighted(g, colour, first, last);
                   });
}

// Rows [first, last) of the coarse grid's right side: the fine residual, summed.
PAWFECT_CLONES
void restrict_rows(const Grid& fine, Grid& coarse, int first, int last) {
  const bool is_finest = fine.to_right.empty();
  for (int y = 2 * first; y < std::min(fine.height, 2 * last); ++y) {
    for (int x = 0; x < fine.width; ++x) {
      const std::size_t i = fine.index(x, y);
      if (!fine.is_unknown(i)) continue;
      const float *u = &fine.u[i * 4], *right = &fine.right[i * 4];
      float* out = &coarse.right[coarse.index(x / 2, y / 2) * 4];
      for (int c = 0; c < 4; ++c) {
        const float pull = is_finest ? pull_plain(fine, u + c) : pull_weighted(fine, i, u + c);
        out[c] += right[c] + pull - fine.diagonal[i] * u[c];
      }
    }
  }
}

void restrict_residual(const Grid& fine, Grid& coarse, Workers& workers) {
  std::fill(coarse.u.begin(), coarse.u.end(), 0.0f);
  std::fill(coarse.right.begin(), coarse.right.end(), 0.0f);
  workers.run_rows(coarse.height, kRowsEach / 2, std::int64_t{fine.width} * fine.height,
                   [&](int first, int last) { restrict_rows(fine, coarse, first, last); });
}

PAWFECT_CLONES
void add_coarse_rows(const Grid& coarse, Grid& fine, int first, int last) {
  constexpr float kScale = 1.2f;  // 1 is safe but timid, 1.6 too bold; see the test of convergence
  for (int y = first; y < last; ++y) {
    for (int x = 0; x < fine.width; ++x) {
      const std::size_t i = fine.index(x, y);
      if (!fine.is_unknown(i)) continue;
      const float* from = &coarse.u[coarse.index(x / 2, y / 2) * 4];
      for (int c = 0; c < 4; ++c) fine.u[i * 4 + c] += kScale * from[c];
    }
  }
}

void add_coarse(const Grid& coarse, Grid& fine, Workers& workers) {
  workers.run_rows(fine.height, kRowsEach, std::int64_t{fine.width} * fine.height,
                   [&](int first, int last) { add_coarse_rows(coarse, fine, first, last); });
}

void descend(std::vector<Grid>& grids, std::size_t level, Workers& workers) {
  constexpr int kSweeps = 2;
  constexpr int kCoarsestSweeps = 20;
  Grid& g = grids[level];
  const bool is_coarsest = level + 1 == grids.size();
  const int sweeps = is_coarsest ? kCoarsestSweeps : kSweeps;
  for (int s = 0; s < sweeps; ++s) smooth(g, 0, workers), smooth(g, 1, workers);
  if (!is_coarsest) {
    restrict_residual(g, grids[level + 1], workers);
    descend(grids, level + 1, workers);
    add_coarse(grids[level + 1], g, workers);
  }
  for (int s = 0; s < sweeps; ++s) smooth(g, 1, workers), smooth(g, 0, workers);
}

PAWFECT_CLONES
void apply_rows(const Grid& g, std::vector<float>& image, int first, int last) {
  for (int y = first; y < last; ++y) {
    for (int x = 0; x < g.width; ++x) {
      const std::size_t i = g.index(x, y);
      if (!g.is_unknown(i)) continue;
      const float* u = &g.u[i * 4];
      for (int c = 0; c < 4; ++c) image[i * 4 + c] = g.diagonal[i] * u[c] - pull_plain(g, u + c);
    }
  }
}

}  // namespace

Grid::Grid(int w, int h) : width(w), height(h), stride(w + 2) {
  const std::size_t n = std::size_t(stride) * (h + 2);
  u.assign(n * 4, 0.0f), right.assign(n * 4, 0.0f);
  diagonal.assign(n, 0.0f), inverse.assign(n, 0.0f), held.assign(n, 0.0f);
}

void add_coarser_grids(std::vector<Grid>& grids) {
  while (grids.back().width > 2 && grids.back().height > 2)
    grids.push_back(coarser_grid(grids.back()));
}

void v_cycle(std::vector<Grid>& grids, Workers& workers) {
  std::fill(grids[0].u.begin(), grids[0].u.end(), 0.0f);
  descend(grids, 0, workers);
}

void apply_finest(const Grid& g, std::vector<float>& image, Workers& workers) {
  workers.run_rows(g.height, kRowsEach, std::int64_t{g.width} * g.height,
                   [&](int first, int last) { apply_rows(g, image, first, last); });
}

}  // namespace pawfect::texture
