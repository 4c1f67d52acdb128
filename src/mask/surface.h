// The ground round an object's foot, reduced to a coarse grid of cells: mean lightness and colour
// of what is not masked, and the lightness that the lit ground would have at each cell. Serves the
// shadow search. Values 0..1 in the file's own gamma. Value types, not thread-safe.
#pragma once

#include <vector>

#include "base/rect.h"
#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

struct SurfaceCell {
  bool is_known = false;  // at least half of its pixels lie outside the mask
  float lightness = 0;
  float red = 0;   // share of red in red + green + blue; 1/3 for grey pictures
  float blue = 0;  // share of blue
};

struct Surface {
  PixelRect zone;     // in the photo
  int cell_size = 1;  // pixels a side; the last row and column may be cut
  int columns = 0;
  int rows = 0;
  std::vector<SurfaceCell> cells;

  const SurfaceCell& at(int column, int row) const {
    return cells[std::size_t(row) * columns + column];
  }
};

// The lit ground as a plane: lightness = level + across * column + down * row.
struct LitPlane {
  double level = 0;
  double across = 0;
  double down = 0;
  double spread = 0;  // robust standard deviation of the cells that follow the plane
  float red = 0;      // median colour of those cells ...
  float blue = 0;
  float colour_spread = 0;  // ... and how far theirs lies from it, as a robust standard deviation

  double at(int column, int row) const { return level + across * column + down * row; }
};

// `zone` lies inside the photo and is not empty.
Surface measure_surface(const Image& photo, const Mask& mask, const PixelRect& zone);

// Least squares over the cells that stay near the plane, begun at the median, so that up to nearly
// half of the cells may be shadow or something else. The surface has at least one known cell.
LitPlane fit_lit_plane(const Surface& surface);

}  // namespace pawfect
