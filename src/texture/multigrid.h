// Multigrid: grids of halving size that together smooth an error of any wavelength in a few sweeps
// (Brandt 1977). Four channels a pixel, single precision. Used by one solve.
#pragma once

#include <cstddef>
#include <vector>

#include "texture/workers.h"

namespace pawfect::texture {

// One grid: diagonal x u - sum of weight x neighbour's u = right. A frame of one pixel round it
// holds u = 0 and takes away the border tests; `inverse` is 0 where u is fixed at 0, so smoothing
// never moves it. On the finest grid every weight is 1 and is not stored: a fixed neighbour holds
// 0, adds nothing.
struct Grid {
  int width = 0, height = 0;             // without the frame
  int stride = 0;                        // width + 2
  std::vector<float> u, right;           // 4 a pixel
  std::vector<float> diagonal, inverse;  // 1 a pixel; 0 where u is fixed
  std::vector<float> held;               // weight to fixed neighbours plus screening
  std::vector<float> to_right,
      to_below;  // weights between unknown pixels; empty on the finest grid

  Grid(int w, int h);
  std::size_t index(int x, int y) const { return std::size_t(y + 1) * stride + x + 1; }
  bool is_unknown(std::size_t i) const { return inverse[i] != 0.0f; }
};

// All coarser grids of a finest one, appended to it.
void add_coarser_grids(std::vector<Grid>& grids);

// One V-cycle from u = 0 on every grid: grids[0].u becomes an estimate of the solution for
// grids[0].right. Symmetric, so that it can precondition conjugate gradients.
void v_cycle(std::vector<Grid>& grids, Workers& workers);

// image = operator of the finest grid applied to g.u, on unknown pixels.
void apply_finest(const Grid& g, std::vector<float>& image, Workers& workers);

}  // namespace pawfect::texture
