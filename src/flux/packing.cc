#include "flux/packing.h"

#include <algorithm>

namespace pawfect {
namespace {

// Rows of `a` and of `b` side by side.
std::vector<float> side_by_side(std::span<const float> a, std::size_t width_a,
                                std::span<const float> b, std::size_t width_b) {
  const std::size_t rows = a.size() / width_a;
  std::vector<float> out(rows * (width_a + width_b));
  for (std::size_t row = 0; row < rows; ++row) {
    float* to = out.data() + row * (width_a + width_b);
    std::copy_n(a.data() + row * width_a, width_a, to);
    std::copy_n(b.data() + row * width_b, width_b, to + width_a);
  }
  return out;
}

// Calls each(place in planes, place in tokens).
template <typename Each>
void for_patches(int channels, int width, int height, const Each& each) {
  const int columns = width / 2;
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const std::size_t token = std::size_t(y / 2) * columns + x / 2;
        each((std::size_t(c) * height + y) * width + x,
             token * channels * 4 + c * 4 + (y % 2) * 2 + x % 2);
      }
    }
  }
}

}  // namespace

std::vector<float> scale_latent(std::span<const float> unscaled) {
  std::vector<float> out(unscaled.begin(), unscaled.end());
  for (float& value : out) value = (value - kLatentShift) * kLatentScale;
  return out;
}

std::vector<float> unscale_latent(std::span<const float> scaled) {
  std::vector<float> out(scaled.begin(), scaled.end());
  for (float& value : out) value = value / kLatentScale + kLatentShift;
  return out;
}

std::vector<float> pack(std::span<const float> planes, int channels, int width, int height) {
  std::vector<float> tokens(planes.size());
  for_patches(channels, width, height,
              [&](std::size_t plane, std::size_t token) { tokens[token] = planes[plane]; });
  return tokens;
}

std::vector<float> unpack(std::span<const float> tokens, int channels, int width, int height) {
  std::vector<float> planes(tokens.size());
  for_patches(channels, width, height,
              [&](std::size_t plane, std::size_t token) { planes[plane] = tokens[token]; });
  return planes;
}

std::vector<float> pack_mask(std::span<const std::uint8_t> mask, int width, int height) {
  constexpr int kBlock = kPixelsPerLatent;
  const int w = width / kBlock, h = height / kBlock;
  std::vector<float> planes(std::size_t(width) * height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int channel = (y % kBlock) * kBlock + x % kBlock;
      planes[(std::size_t(channel) * h + y / kBlock) * w + x / kBlock] =
          mask[std::size_t(y) * width + x] != 0 ? 1.0f : 0.0f;
    }
  }
  return pack(planes, kBlock * kBlock, w, h);
}

std::vector<float> join_tokens(std::span<const float> latent, std::span<const float> condition) {
  return side_by_side(latent, kTokenLatent, condition, kTokenLatent + kTokenMask);
}

std::vector<float> join_condition(std::span<const float> masked_latent,
                                  std::span<const float> mask) {
  return side_by_side(masked_latent, kTokenLatent, mask, kTokenMask);
}

}  // namespace pawfect
