#include "flux/vae_tiles.h"

#include <algorithm>

namespace pawfect {

std::vector<AxisTile> lay_tiles(int length, int size, int overlap, int unit) {
  size = std::min(size, length);
  overlap = std::clamp(overlap, 0, size / 2);
  const int step = size - overlap;
  const int count = 1 + (length - size + step - 1) / step;
  std::vector<AxisTile> tiles(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k) {
    tiles[k].start = count == 1 ? 0 : int(std::int64_t{k} * (length - size) / (count - 1));
    tiles[k].share.assign(std::size_t(size) * std::size_t(unit), 1.0f);
  }
  // Ramps where neighbours overlap, up in one and down in the other.
  for (int k = 1; k < count; ++k) {
    const int shared = (tiles[k - 1].start + size - tiles[k].start) * unit;
    for (int p = 0; p < shared; ++p) {
      const float up = (float(p) + 0.5f) / float(shared);
      tiles[k].share[std::size_t(p)] *= up;
      tiles[k - 1].share[std::size_t(size * unit - shared + p)] *= 1.0f - up;
    }
  }
  // Where more than two tiles meet the ramps do not add up to 1 by themselves.
  std::vector<float> total(std::size_t(length) * std::size_t(unit));
  for (const AxisTile& tile : tiles) {
    for (std::size_t p = 0; p < tile.share.size(); ++p)
      total[std::size_t(tile.start * unit) + p] += tile.share[p];
  }
  for (AxisTile& tile : tiles) {
    for (std::size_t p = 0; p < tile.share.size(); ++p)
      tile.share[p] /= total[std::size_t(tile.start * unit) + p];
  }
  return tiles;
}

std::vector<float> cut_planes(std::span<const float> planes, int width, int height, int channels,
                              const PixelRect& rect) {
  std::vector<float> out;
  out.reserve(std::size_t(rect.area()) * std::size_t(channels));
  for (int c = 0; c < channels; ++c) {
    for (int y = rect.y; y < rect.bottom(); ++y) {
      const auto row = planes.begin() + (std::ptrdiff_t{c} * height + y) * width + rect.x;
      out.insert(out.end(), row, row + rect.width);
    }
  }
  return out;
}

void TileSum::add(std::span<const float> tile, const AxisTile& across, const AxisTile& down, int x,
                  int y) {
  const std::size_t tile_width = across.share.size();
  const float* from = tile.data();
  for (int c = 0; c < channels_; ++c) {
    for (std::size_t ty = 0; ty < down.share.size(); ++ty, from += tile_width) {
      float* to = sum_.data() + (std::ptrdiff_t{c} * height_ + y + std::ptrdiff_t(ty)) * width_ + x;
      for (std::size_t tx = 0; tx < tile_width; ++tx)
        to[tx] += from[tx] * across.share[tx] * down.share[ty];
    }
  }
}

}  // namespace pawfect
