// What stands between 8-bit pictures and the autoencoder, as FluxFillPipeline does it, for checks.
// Interleaved pictures are rows of RGB, planar ones [channel][y][x]. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pawfect {

// Interleaved 0..255 to planar -1..1.
std::vector<float> picture_to_planes(std::span<const std::uint8_t> rgb);

// The same with the hole grey (0): where `mask` is not 0.
std::vector<float> masked_planes(std::span<const float> planes, std::span<const std::uint8_t> mask);

// 1 where a soft mask is at least a half (128), else 0.
std::vector<std::uint8_t> hard_mask(std::span<const std::uint8_t> soft);

// Planar -1..1 to interleaved: round(255 x clamp(v / 2 + 0.5, 0, 1)), halves to even.
std::vector<std::uint8_t> planes_to_picture(std::span<const float> planes);

}  // namespace pawfect
