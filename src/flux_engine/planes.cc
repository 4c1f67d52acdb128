#include "flux_engine/planes.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "crop/colour_field.h"
#include "image/resize.h"

namespace pawfect {
namespace {

constexpr float kMost16 = 65535.0f;

// RGB of 16 bits: scaling then rounds to nothing that shows.
template <typename T>
Image deep_rgb(const Image& image) {
  constexpr int kFactor = sizeof(T) == 1 ? 257 : 1;
  Image out(image.width, image.height, 3, SampleDepth::k16);
  const bool is_grey = image.colour_channels() == 1;
  for (int y = 0; y < image.height; ++y) {
    const std::span<const T> from = image.row<T>(y);
    const std::span<std::uint16_t> to = out.row<std::uint16_t>(y);
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        to[std::size_t(x) * 3 + c] =
            std::uint16_t(from[std::size_t(x) * image.channels + (is_grey ? 0 : c)] * kFactor);
      }
    }
  }
  return out;
}

// Of RGB of 16 bits, into the colour channels of `image`, which is as large.
template <typename T>
void put_colours(const Image& rgb, Image& image) {
  constexpr float kFactor = sizeof(T) == 1 ? 1.0f / 257 : 1.0f;
  const bool is_grey = image.colour_channels() == 1;
  for (int y = 0; y < image.height; ++y) {
    const std::span<const std::uint16_t> from = rgb.row<std::uint16_t>(y);
    const std::span<T> to = image.row<T>(y);
    for (int x = 0; x < image.width; ++x) {
      const std::uint16_t* pixel = &from[std::size_t(x) * 3];
      T* out = &to[std::size_t(x) * image.channels];
      if (is_grey) {
        const float luma = 0.2126f * pixel[0] + 0.7152f * pixel[1] + 0.0722f * pixel[2];
        out[0] = T(std::lround(luma * kFactor));
        continue;
      }
      for (int c = 0; c < 3; ++c) out[c] = T(std::lround(pixel[c] * kFactor));
    }
  }
}

// Where the pixels of a longer axis begin that one of a shorter axis covers.
int first_covered(int i, int from, int to) { return int(std::int64_t{i} * to / from); }
int after_covered(int i, int from, int to) {
  return int((std::int64_t{i + 1} * to + from - 1) / from);
}

}  // namespace

Image continue_smoothly(const Image& window, const Mask& hole, const Mask& unusable) {
  // Black in the hole plus the difference to the photo on its ring, as a membrane.
  Mask both = hole;
  for (std::size_t i = 0; i < both.pixels.size(); ++i) both.pixels[i] |= unusable.pixels[i];
  Image black(window.width, window.height, window.channels, window.depth);
  add_colour_field(black, window, both, Mask(window.width, window.height));
  const std::size_t bytes = std::size_t(window.bytes_per_pixel());
  for (std::size_t i = 0; i < both.pixels.size(); ++i) {
    if (both.pixels[i] == 0) std::copy_n(&window.bytes[i * bytes], bytes, &black.bytes[i * bytes]);
  }
  return black;
}

ModelInput model_input(const Image& window, const Mask& hole, const Mask& unusable,
                       const WorkingSize& size) {
  const Image smooth = continue_smoothly(window, hole, unusable);
  const Image scaled =
      resize_image(smooth.depth == SampleDepth::k16 ? deep_rgb<std::uint16_t>(smooth)
                                                    : deep_rgb<std::uint8_t>(smooth),
                   size.width, size.height);
  ModelInput out;
  const std::size_t plane = std::size_t(size.width) * size.height;
  out.rgb.resize(3 * plane);
  out.mask.resize(plane);
  for (int y = 0; y < size.height; ++y) {
    const std::span<const std::uint16_t> row = scaled.row<std::uint16_t>(y);
    const int top = first_covered(y, size.height, window.height);
    const int bottom = after_covered(y, size.height, window.height);
    for (int x = 0; x < size.width; ++x) {
      const std::size_t at = std::size_t(y) * size.width + x;
      for (std::size_t c = 0; c < 3; ++c)
        out.rgb[c * plane + at] = float(row[std::size_t(x) * 3 + c]) / kMost16 * 2 - 1;
      const int left = first_covered(x, size.width, window.width);
      const int right = after_covered(x, size.width, window.width);
      for (int wy = top; wy < bottom; ++wy) {
        for (int wx = left; wx < right; ++wx) {
          if (hole.at(wx, wy) || unusable.at(wx, wy)) out.mask[at] = 255;
        }
      }
      if (out.mask[at]) out.hole_box = bounding(out.hole_box, {x, y, 1, 1});
    }
  }
  return out;
}

Image model_output(std::span<const float> rgb, const PixelRect& part, const WorkingSize& size,
                   const Image& base) {
  const std::size_t plane = std::size_t(part.width) * part.height;
  assert(rgb.size() == 3 * plane);
  // The whole picture at the working size, so that it is scaled exactly as the window was.
  Image small(size.width, size.height, 3, SampleDepth::k16);
  for (int y = 0; y < size.height; ++y) {
    const int from_y = std::clamp(y, part.y, part.bottom() - 1) - part.y;
    for (int x = 0; x < size.width; ++x) {
      const int from_x = std::clamp(x, part.x, part.right() - 1) - part.x;
      for (std::size_t c = 0; c < 3; ++c) {
        const float value = rgb[c * plane + std::size_t(from_y) * part.width + from_x];
        const float level = std::clamp(value / 2 + 0.5f, 0.0f, 1.0f) * kMost16;
        small.row<std::uint16_t>(y)[std::size_t(x) * 3 + c] = std::uint16_t(std::lround(level));
      }
    }
  }
  const Image scaled = resize_image(small, base.width, base.height);
  Image out = base;
  if (out.depth == SampleDepth::k16) {
    put_colours<std::uint16_t>(scaled, out);
  } else {
    put_colours<std::uint8_t>(scaled, out);
  }
  return out;
}

}  // namespace pawfect
