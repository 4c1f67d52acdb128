// Region: an irregular set of pixels stored without the rest of its box, so that a thin scratch
// across a large photo costs what the scratch has, not what its box has. Pixels become cells,
// numbered along the rows; between two runs of a row lies one empty cell, and before all of them a
// strip of empty cells. Whoever keeps 0 in the empty cells of a plane can read any neighbour
// without a question. Value type, not changed once made.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pawfect::texture {

// The pixels [x0, x1) of row y, all of the region.
struct Run {
  int y = 0, x0 = 0, x1 = 0;
  std::int32_t at = 0;  // cell of (x0, y); set by make_region
};

// A piece of a run whose pixels all have a neighbour above, or none has; the same below. Pixel k of
// it is cell at + k, its neighbours are at + k - 1, at + k + 1, above + k and below + k; a
// neighbour that is not of the region is an empty cell.
struct Segment {
  int y = 0, x0 = 0, length = 0;
  std::int32_t at = 0, above = 0, below = 0;
};

struct Region {
  int width = 0, height = 0;               // of the box
  std::int32_t cells = 0;                  // the empty ones counted
  std::vector<Run> runs;                   // raster order, no two touch
  std::vector<Segment> segments;           // raster order
  std::vector<std::int32_t> row_runs;      // height + 1 offsets into runs
  std::vector<std::int32_t> row_segments;  // height + 1 offsets into segments
  std::vector<std::int32_t>
      row_cells;  // height + 1: row y has cells [row_cells[y], row_cells[y + 1])
};

// The runs of a plane of width * height bytes: where it is not 0.
std::vector<Run> runs_of(std::span<const std::uint8_t> plane, int width, int height);

// `runs` in raster order; no two of a row overlap or touch.
Region make_region(int width, int height, std::vector<Run> runs);

// The region of half the size that holds every pixel (x / 2, y / 2) of `fine`.
Region halve_region(const Region& fine);

// For every segment of `fine`: the cell of `coarse` that its first pixel falls into.
std::vector<std::int32_t> parent_cells(const Region& fine, const Region& coarse);

}  // namespace pawfect::texture
