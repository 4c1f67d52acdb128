// Mask: one byte a pixel, the size of the photo it belongs to, upright. In a hard mask a pixel is 0
// (keep) or 255 (fill); in a soft one (the composite mask) it is the weight of the fill, 255 = fill
// only. Rows without padding. Value type, not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/rect.h"

namespace pawfect {

struct Mask {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;  // height * width

  Mask() = default;
  Mask(int w, int h, std::uint8_t value = 0)
      : width(w), height(h), pixels(std::size_t(w) * h, value) {}

  PixelRect rect() const { return {0, 0, width, height}; }
  std::uint8_t at(int x, int y) const { return pixels[std::size_t(y) * width + x]; }
  std::uint8_t& at(int x, int y) { return pixels[std::size_t(y) * width + x]; }
  std::span<std::uint8_t> row(int y) {
    return {pixels.data() + std::size_t(y) * width, std::size_t(width)};
  }
  std::span<const std::uint8_t> row(int y) const {
    return {pixels.data() + std::size_t(y) * width, std::size_t(width)};
  }

  bool operator==(const Mask&) const = default;
};

}  // namespace pawfect
