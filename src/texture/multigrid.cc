#include "texture/multigrid.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "texture/clones.h"
#include "texture/four.h"

namespace pawfect::texture {
namespace {

constexpr int kRowsEach = 32;

// Bare pointers into a grid: what the loops below need.
struct GridView {
  const Segment* segments;
  const std::int32_t* row_segments;
  const std::int32_t* parent;  // may be null
  float* u;
  const float *right, *diagonal, *inverse, *to_right, *to_below;
};

GridView view_of(Grid& g) {
  return {g.region.segments.data(), g.region.row_segments.data(),
          g.parent.data(),          g.u.data(),
          g.right.data(),           g.diagonal.data(),
          g.inverse.data(),         g.to_right.data(),
          g.to_below.data()};
}

// What its neighbours pull pixel k of segment s to, on the finest grid and on a coarser one.
inline Four pull_plain(const float* u, const Segment& s, int k) {
  const float* here = u + std::ptrdiff_t(s.at + k) * 4;
  return (load_four(here - 4) + load_four(here + 4)) +
         (load_four(u + std::ptrdiff_t(s.above + k) * 4) +
          load_four(u + std::ptrdiff_t(s.below + k) * 4));
}
inline Four pull_weighted(const GridView& g, const Segment& s, int k) {
  const std::ptrdiff_t i = s.at + k, above = s.above + k, below = s.below + k;
  return (g.to_right[i - 1] * load_four(g.u + (i - 1) * 4) +
          g.to_right[i] * load_four(g.u + (i + 1) * 4)) +
         (g.to_below[above] * load_four(g.u + above * 4) +
          g.to_below[i] * load_four(g.u + below * 4));
}

// Where in a segment the pixels of one colour of the chessboard begin.
inline int first_of(const Segment& s, int colour) { return (s.x0 ^ s.y ^ colour) & 1; }

PAWFECT_CLONES
void smooth_rows_plain(const GridView& g, int colour, int first, int last) {
  for (std::int32_t n = g.row_segments[first]; n < g.row_segments[last]; ++n) {
    const Segment& s = g.segments[n];
    for (int k = first_of(s, colour); k < s.length; k += 2) {
      const std::ptrdiff_t i = s.at + k;
      store_four(g.u + i * 4, g.inverse[i] * (load_four(g.right + i * 4) + pull_plain(g.u, s, k)));
    }
  }
}

PAWFECT_CLONES
void smooth_rows_weighted(const GridView& g, int colour, int first, int last) {
  for (std::int32_t n = g.row_segments[first]; n < g.row_segments[last]; ++n) {
    const Segment& s = g.segments[n];
    for (int k = first_of(s, colour); k < s.length; k += 2) {
      const std::ptrdiff_t i = s.at + k;
      store_four(g.u + i * 4, g.inverse[i] * (load_four(g.right + i * 4) + pull_weighted(g, s, k)));
    }
  }
}

// The first half sweep of a cycle, colour 0: all neighbours are 0, and nothing need be read of u.
PAWFECT_CLONES
void start_rows(const GridView& g, int first, int last) {
  for (std::int32_t n = g.row_segments[first]; n < g.row_segments[last]; ++n) {
    const Segment& s = g.segments[n];
    for (int k = first_of(s, 0); k < s.length; k += 2) {
      const std::ptrdiff_t i = s.at + k;
      store_four(g.u + i * 4, g.inverse[i] * load_four(g.right + i * 4));
    }
  }
}

// Red-black Gauss-Seidel: pixels of one colour read only pixels of the other.
void smooth(Grid& g, int colour, Workers& workers) {
  const GridView view = view_of(g);
  for_rows(g, workers, [&](int first, int last) {
    g.is_finest() ? smooth_rows_plain(view, colour, first, last)
                  : smooth_rows_weighted(view, colour, first, last);
  });
}

// The first half sweep of a cycle, as if u were 0 everywhere. The second then writes the other
// half.
void smooth_from_zero(Grid& g, Workers& workers) {
  const GridView view = view_of(g);
  for_rows(g, workers, [&](int first, int last) { start_rows(view, first, last); });
}

// Fine rows [first, last) of the coarse grid's right side: the fine residual, summed.
PAWFECT_CLONES
void restrict_rows(const GridView& g, bool is_finest, float* coarse_right, int first, int last) {
  for (std::int32_t n = g.row_segments[first]; n < g.row_segments[last]; ++n) {
    const Segment& s = g.segments[n];
    float* out = coarse_right + std::ptrdiff_t(g.parent[n]) * 4;
    for (int k = 0; k < s.length; ++k) {
      const std::ptrdiff_t i = s.at + k;
      const Four pull = is_finest ? pull_plain(g.u, s, k) : pull_weighted(g, s, k);
      float* sum = out + ((s.x0 + k) / 2 - s.x0 / 2) * 4;
      store_four(sum, load_four(sum) + (load_four(g.right + i * 4) + pull -
                                        g.diagonal[i] * load_four(g.u + i * 4)));
    }
  }
}

// Pieces of the coarse rows, so that no two pieces add to the same coarse cell.
void restrict_residual(Grid& fine, Grid& coarse, Workers& workers) {
  std::fill(coarse.right.begin(), coarse.right.end(), 0.0f);
  const GridView view = view_of(fine);
  for_rows(coarse, workers, [&](int first, int last) {
    restrict_rows(view, fine.is_finest(), coarse.right.data(), 2 * first,
                  std::min(fine.region.height, 2 * last));
  });
}

PAWFECT_CLONES
void add_coarse_rows(const GridView& g, const float* coarse_u, int first, int last) {
  constexpr float kScale = 1.2f;  // 1 is safe but timid, 1.6 too bold; see the test of convergence
  for (std::int32_t n = g.row_segments[first]; n < g.row_segments[last]; ++n) {
    const Segment& s = g.segments[n];
    const float* from = coarse_u + std::ptrdiff_t(g.parent[n]) * 4;
    for (int k = 0; k < s.length; ++k) {
      float* u = g.u + std::ptrdiff_t(s.at + k) * 4;
      store_four(u, load_four(u) + kScale * load_four(from + ((s.x0 + k) / 2 - s.x0 / 2) * 4));
    }
  }
}

void add_coarse(const Grid& coarse, Grid& fine, Workers& workers) {
  const GridView view = view_of(fine);
  for_rows(fine, workers,
           [&](int first, int last) { add_coarse_rows(view, coarse.u.data(), first, last); });
}

void descend(std::vector<Grid>& grids, std::size_t level, Workers& workers) {
  constexpr int kSweeps = 2;
  constexpr int kCoarsestSweeps = 20;
  Grid& g = grids[level];
  const bool is_coarsest = level + 1 == grids.size();
  const int sweeps = is_coarsest ? kCoarsestSweeps : kSweeps;
  smooth_from_zero(g, workers), smooth(g, 1, workers);
  for (int s = 1; s < sweeps; ++s) smooth(g, 0, workers), smooth(g, 1, workers);
  if (!is_coarsest) {
    restrict_residual(g, grids[level + 1], workers);
    descend(grids, level + 1, workers);
    add_coarse(grids[level + 1], g, workers);
  }
  for (int s = 0; s < sweeps; ++s) smooth(g, 1, workers), smooth(g, 0, workers);
}

PAWFECT_CLONES
void apply_rows(const GridView& g, const float* u, float* image, int first, int last) {
  for (std::int32_t n = g.row_segments[first]; n < g.row_segments[last]; ++n) {
    const Segment& s = g.segments[n];
    for (int k = 0; k < s.length; ++k) {
      const std::ptrdiff_t i = s.at + k;
      store_four(image + i * 4, g.diagonal[i] * load_four(u + i * 4) - pull_plain(u, s, k));
    }
  }
}

// Sums the fine rows [first, last) into their parents: a coarse weight is the sum of the fine ones
// that it stands for. A neighbour that is an empty cell has no inverse, and no weight.
void add_weights(const Grid& fine, Grid& coarse, int first, int last) {
  const Region& region = fine.region;
  const auto weight = [&](const std::vector<float>& stored, std::int32_t i, std::int32_t other) {
    return fine.inverse[other] == 0.0f ? 0.0f : stored.empty() ? 1.0f : stored[i];
  };
  for (std::int32_t n = region.row_segments[first]; n < region.row_segments[last]; ++n) {
    const Segment& s = region.segments[n];
    for (int k = 0; k < s.length; ++k) {
      const std::int32_t i = s.at + k, j = fine.parent[n] + (s.x0 + k) / 2 - s.x0 / 2;
      coarse.held[j] += fine.held[i];
      if ((s.x0 + k) % 2 == 1) coarse.to_right[j] += weight(fine.to_right, i, i + 1);
      if (s.y % 2 == 1) coarse.to_below[j] += weight(fine.to_below, i, s.below + k);
    }
  }
}

// Halves a grid by joining 2x2 pixels (Galerkin's product with piecewise constant interpolation).
// Too stiff for smooth errors by up to two, which `add_coarse` and the conjugate gradients make up
// for (Braess 1995).
Grid coarser_grid(Grid& fine, Workers& workers) {
  Grid g(halve_region(fine.region));
  std::fill(g.held.begin(), g.held.end(), 0.0f);
  g.to_right.assign(g.held.size(), 0.0f), g.to_below.assign(g.held.size(), 0.0f);
  fine.parent = parent_cells(fine.region, g.region);
  for_rows(g, workers, [&](int first, int last) {
    add_weights(fine, g, 2 * first, std::min(fine.region.height, 2 * last));
  });
  for (const Segment& s : g.region.segments) {
    for (int k = 0; k < s.length; ++k) {
      const std::int32_t j = s.at + k;
      g.diagonal[j] =
          g.held[j] + g.to_right[j] + g.to_right[j - 1] + g.to_below[j] + g.to_below[s.above + k];
      g.inverse[j] = g.diagonal[j] > 0 ? 1.0f / g.diagonal[j] : 0.0f;
    }
  }
  return g;
}

}  // namespace

Grid::Grid(Region of) : region(std::move(of)) {
  const std::size_t n = std::size_t(region.cells);
  for (Plane<float>* plane : {&u, &right}) plane->resize(n * 4);
  for (Plane<float>* plane : {&diagonal, &inverse, &held}) plane->resize(n);
  for (Plane<float>* plane : {&u, &right}) clear_empty_cells(region, 4, *plane);
  for (Plane<float>* plane : {&diagonal, &inverse, &held}) clear_empty_cells(region, 1, *plane);
}

void clear_empty_cells(const Region& region, int each, Plane<float>& plane) {
  std::fill_n(plane.begin(), std::ptrdiff_t(region.row_cells[0]) * each, 0.0f);
  for (const Run& run : region.runs)
    std::fill_n(plane.begin() + std::ptrdiff_t(run.at + run.x1 - run.x0) * each, each, 0.0f);
}

void for_rows(const Grid& grid, Workers& workers, const std::function<void(int, int)>& work) {
  workers.run_rows(grid.region.height, kRowsEach, grid.region.cells, work);
}

void add_coarser_grids(std::vector<Grid>& grids, Workers& workers) {
  while (grids.back().region.width > 2 && grids.back().region.height > 2)
    grids.push_back(coarser_grid(grids.back(), workers));
}

void v_cycle(std::vector<Grid>& grids, Workers& workers) { descend(grids, 0, workers); }

void apply_finest(const Grid& g, const Plane<float>& u, Plane<float>& image, Workers& workers) {
  GridView view = {};
  view.segments = g.region.segments.data(), view.row_segments = g.region.row_segments.data();
  view.diagonal = g.diagonal.data();
  for_rows(g, workers,
           [&](int first, int last) { apply_rows(view, u.data(), image.data(), first, last); });
}

}  // namespace pawfect::texture
