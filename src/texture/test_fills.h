// Fills of drawn photos for the engine's tests. For tests only; header-only, so that no library
// carries it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "fill/engine.h"
#include "mask/test_shapes.h"
#include "texture/test_levels.h"
#include "texture/texture_engine.h"

namespace pawfect::texture::drawn {

// A window with its masks and what else the engine is told.
struct Fill {
  Image window;
  Mask hole;
  Mask unusable;
  std::uint64_t seed = 1;
  int threads = 1;

  Fill(Image image, Mask mask)
      : window(std::move(image)), hole(std::move(mask)), unusable(hole.width, hole.height) {}

  FillRequest request() const {
    return {.window = window,
            .hole = hole,
            .unusable = unusable,
            .seed = seed,
            .threads = threads,
            .prompt = {}};
  }
  Result<FillResult> run(const JobControl& control = {}) const {
    return make_texture_engine()->fill(request(), control);
  }
};

// Sample c of a pixel, 0..255 or 0..65 535.
inline int sample(const Image& image, int x, int y, int c) {
  const std::size_t k = std::size_t(x) * image.channels + c;
  return image.depth == SampleDepth::k16 ? image.row<std::uint16_t>(y)[k]
                                         : image.row<std::uint8_t>(y)[k];
}
inline void set_sample(Image& image, int x, int y, int c, int value) {
  const std::size_t k = std::size_t(x) * image.channels + c;
  if (image.depth == SampleDepth::k16) {
    image.row<std::uint16_t>(y)[k] = std::uint16_t(std::clamp(value, 0, 65535));
  } else {
    image.row<std::uint8_t>(y)[k] = std::uint8_t(std::clamp(value, 0, 255));
  }
}

// Every sample is value(x, y, channel).
template <typename Value>
Image photo_of(int width, int height, int channels, SampleDepth depth, Value value) {
  Image photo(width, height, channels, depth);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) set_sample(photo, x, y, c, int(value(x, y, c)));
    }
  }
  return photo;
}

// Writes value(channel) where `mask` is set.
template <typename Value>
void paint_over(Image& photo, const Mask& mask, Value value) {
  for (int y = 0; y < photo.height; ++y) {
    for (int x = 0; x < photo.width; ++x) {
      if (mask.at(x, y) == 0) continue;
      for (int c = 0; c < photo.channels; ++c) set_sample(photo, x, y, c, int(value(c)));
    }
  }
}

// Bytes of pixels that `hole` does not set and that differ.
inline int changed_outside(const Image& before, const Image& after, const Mask& hole) {
  int changed = 0;
  const std::size_t pixel = std::size_t(before.bytes_per_pixel());
  for (std::size_t i = 0; i < before.bytes.size(); ++i)
    changed += hole.pixels[i / pixel] == 0 && before.bytes[i] != after.bytes[i];
  return changed;
}

}  // namespace pawfect::texture::drawn
