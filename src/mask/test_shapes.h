// Masks and photos that tests draw. For tests only; header-only, so that no library carries it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "image/image.h"
#include "mask/mask.h"

namespace pawfect::shapes {

// One string a row; '#' is 255, everything else 0.
inline Mask mask_of(const std::vector<std::string>& rows) {
  Mask mask(int(rows.at(0).size()), int(rows.size()));
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) mask.at(x, y) = rows[y].at(x) == '#' ? 255 : 0;
  }
  return mask;
}

inline void add_rect(Mask& mask, const PixelRect& rect, std::uint8_t value = 255) {
  const PixelRect inside = intersection(rect, mask.rect());
  for (int y = inside.y; y < inside.bottom(); ++y) {
    std::ranges::fill(mask.row(y).subspan(inside.x, inside.width), value);
  }
}

inline void add_disc(Mask& mask, int cx, int cy, int radius, std::uint8_t value = 255) {
  for (int y = std::max(0, cy - radius); y <= std::min(mask.height - 1, cy + radius); ++y) {
    for (int x = std::max(0, cx - radius); x <= std::min(mask.width - 1, cx + radius); ++x) {
      const int dx = x - cx;
      const int dy = y - cy;
      if (dx * dx + dy * dy <= radius * radius) mask.at(x, y) = value;
    }
  }
}

inline void add_line(Mask& mask, int x0, int y0, int x1, int y1, int radius) {
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    add_disc(mask, x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, radius);
  }
}

inline Mask disc(int width, int height, int cx, int cy, int radius, std::uint8_t value = 255) {
  Mask mask(width, height);
  add_disc(mask, cx, cy, radius, value);
  return mask;
}

// The mask as a picture file would hold it.
inline Image levels_of(const Mask& mask) {
  Image levels(mask.width, mask.height, 1, SampleDepth::k8);
  levels.bytes = mask.pixels;
  return levels;
}

inline std::int64_t count_set(const Mask& mask) {
  return std::int64_t(mask.pixels.size()) - std::ranges::count(mask.pixels, 0);
}

// Blobs, lines and specks, some of them at the border; never wholly empty.
inline Mask random_mask(int width, int height, std::mt19937& random) {
  const auto below = [&](int limit) { return int(random() % unsigned(std::max(limit, 1))); };
  Mask mask(width, height);
  const int pieces = 1 + below(4);
  const int size = std::max(1, std::min(width, height) / 6);
  for (int i = 0; i < pieces; ++i) {
    switch (below(4)) {
      case 0:
        add_disc(mask, below(width), below(height), below(size));
        break;
      case 1:
        add_line(mask, below(width), below(height), below(width), below(height), below(2));
        break;
      case 2:
        add_rect(mask, {0, below(height), 1 + below(2 * size), 1 + below(size)});
        break;
      default:
        add_rect(mask, {below(width), below(height), 1 + below(size), 1 + below(size)});
        break;
    }
  }
  return mask;
}

inline Image random_photo(int width, int height, int channels, SampleDepth depth,
                          std::mt19937& random) {
  Image photo(width, height, channels, depth);
  for (std::uint8_t& byte : photo.bytes) byte = std::uint8_t(random());
  return photo;
}

}  // namespace pawfect::shapes
