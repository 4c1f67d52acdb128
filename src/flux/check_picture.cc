#include "flux/check_picture.h"

#include <algorithm>
#include <cmath>

namespace pawfect {

std::vector<float> picture_to_planes(std::span<const std::uint8_t> rgb) {
  const std::size_t pixels = rgb.size() / 3;
  std::vector<float> planes(3 * pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      planes[c * pixels + i] = 2.0f * (float(rgb[i * 3 + c]) / 255.0f) - 1.0f;
  }
  return planes;
}

std::vector<float> masked_planes(std::span<const float> planes,
                                 std::span<const std::uint8_t> mask) {
  std::vector<float> out(planes.begin(), planes.end());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (mask[i % mask.size()] != 0) out[i] = 0;
  }
  return out;
}

std::vector<std::uint8_t> hard_mask(std::span<const std::uint8_t> soft) {
  std::vector<std::uint8_t> hard(soft.size());
  std::ranges::transform(soft, hard.begin(), [](std::uint8_t v) { return v >= 128 ? 1 : 0; });
  return hard;
}

std::vector<std::uint8_t> planes_to_picture(std::span<const float> planes) {
  const std::size_t pixels = planes.size() / 3;
  std::vector<std::uint8_t> rgb(3 * pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const float unit = std::clamp(planes[c * pixels + i] / 2.0f + 0.5f, 0.0f, 1.0f);
      rgb[i * 3 + c] = std::uint8_t(std::nearbyint(255.0f * unit));
    }
  }
  return rgb;
}

}  // namespace pawfect
