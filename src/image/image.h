// Image: decoded pixels in the file's own channels and depth, upright (EXIF orientation applied).
// Interleaved rows without padding, channel order grey | grey+alpha | RGB | RGBA, gamma-encoded as
// in the file (no linearisation), 16-bit samples in the machine's byte order. Keeping the file's
// own form is what makes "outside the hole nothing changes" hold bit for bit. Value type, not
// thread-safe.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/rect.h"

namespace pawfect {

enum class SampleDepth : std::uint8_t { k8 = 8, k16 = 16 };

struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;  // 1..4, see above
  SampleDepth depth = SampleDepth::k8;
  std::vector<std::uint8_t> bytes;  // height * width * channels * (1 or 2)

  Image() = default;
  // All samples zero. The caller has checked the size against its limits.
  Image(int w, int h, int c, SampleDepth d)
      : width(w), height(h), channels(c), depth(d), bytes(std::size_t(w) * h * c * (int(d) / 8)) {}

  bool has_alpha() const { return channels == 2 || channels == 4; }
  int colour_channels() const { return has_alpha() ? channels - 1 : channels; }
  int bytes_per_pixel() const { return channels * (int(depth) / 8); }
  PixelRect rect() const { return {0, 0, width, height}; }

  // All samples of one row; T is std::uint8_t or std::uint16_t and must match `depth`.
  template <typename T>
  std::span<T> row(int y) {
    assert(sizeof(T) * 8 == std::size_t(depth));
    const std::size_t n = std::size_t(width) * channels;
    return {reinterpret_cast<T*>(bytes.data()) + n * y, n};
  }
  template <typename T>
  std::span<const T> row(int y) const {
    assert(sizeof(T) * 8 == std::size_t(depth));
    const std::size_t n = std::size_t(width) * channels;
    return {reinterpret_cast<const T*>(bytes.data()) + n * y, n};
  }
};

}  // namespace pawfect
