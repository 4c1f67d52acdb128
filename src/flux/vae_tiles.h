// How a picture is cut into overlapping tiles along one axis, and how the tiles are laid over each
// other again. A tile counts less towards its edges, where it saw the least of its surroundings,
// and at every point the shares of all tiles make 1. Pure functions and one accumulator; no ggml.
#pragma once

#include <span>
#include <vector>

#include "base/rect.h"

namespace pawfect {

struct AxisTile {
  int start = 0;             // in latent cells
  std::vector<float> share;  // of the result, for each of size x unit points
};

// Tiles of `size` cells over `length` cells, spread evenly, neighbours sharing at least `overlap`
// cells (limited to half a tile). One tile of the whole length when that is not larger than `size`.
// `unit` points of the result lie in a cell: 1 for latents, the scale for pixels.
std::vector<AxisTile> lay_tiles(int length, int size, int overlap, int unit);

// The rectangle of a planar picture of `channels` planes, `width` points a row.
std::vector<float> cut_planes(std::span<const float> planes, int width, int height, int channels,
                              const PixelRect& rect);

// A planar picture, the sum of tiles by their shares.
class TileSum {
 public:
  TileSum(int channels, int width, int height)
      : channels_(channels),
        width_(width),
        height_(height),
        sum_(std::size_t(channels) * std::size_t(width) * std::size_t(height)) {}

  // `tile` is planar, across.share.size() x down.share.size() points, at x, y.
  void add(std::span<const float> tile, const AxisTile& across, const AxisTile& down, int x, int y);

  std::vector<float> take() { return std::move(sum_); }

 private:
  int channels_, width_, height_;
  std::vector<float> sum_;
};

}  // namespace pawfect
