// Multigrid: grids of halving size that together smooth an error of any wavelength in a few sweeps
// (Brandt 1977). Four channels a pixel, single precision. Used by one solve.
#pragma once

#include <cstddef>
#include <vector>

#include "texture/plane.h"
#include "texture/region.h"
#include "texture/workers.h"

namespace pawfect::texture {

// One grid: diagonal x u - sum of weight x neighbour's u = right, for the cells of a region. On the
// finest grid every weight is 1 and is not stored: a fixed neighbour holds 0, adds nothing. Empty
// cells hold 0 in every plane.
struct Grid {
  Region region;
  Plane<float> u, right;                  // 4 a cell
  Plane<float> diagonal, inverse;         // 1 a cell
  Plane<float> held;                      // weight to fixed neighbours plus screening
  std::vector<float> to_right, to_below;  // weights between cells; empty on the finest grid
  std::vector<std::int32_t> parent;       // of each segment's first cell in the next coarser grid

  // Only the empty cells are set.
  explicit Grid(Region of);
  bool is_finest() const { return to_right.empty(); }
};

// Sets the empty cells of a plane to 0; `each` floats a cell.
void clear_empty_cells(const Region& region, int each, Plane<float>& plane);

// Calls work(first, last) for pieces of the grid's rows.
void for_rows(const Grid& grid, Workers& workers, const std::function<void(int, int)>& work);

// All coarser grids of a finest one, appended to it.
void add_coarser_grids(std::vector<Grid>& grids, Workers& workers);

// One V-cycle from u = 0 on every grid: grids[0].u becomes an estimate of the solution for
// grids[0].right. Symmetric, so that it can precondition conjugate gradients.
void v_cycle(std::vector<Grid>& grids, Workers& workers);

// image = operator of the finest grid applied to u; both 4 floats a cell of it.
void apply_finest(const Grid& g, const Plane<float>& u, Plane<float>& image, Workers& workers);

}  // namespace pawfect::texture
