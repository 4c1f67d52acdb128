// From grey levels to a hard mask. Pure function.
#pragma once

#include <cstdint>
#include <optional>

#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

// A mask of more runs than this is noise, not a drawing; it also bounds the memory of the clean-up.
inline constexpr std::size_t kMaxRuns = 2'000'000;

struct FaintPixels {
  std::int64_t count = 0;
  int brightest = 0;
};

// Hysteresis (Canny 1986): a pixel counts when its level is at least `low` and it is connected (8
// neighbours) through such pixels to one of at least `high`; low <= high. `levels` is 8-bit grey.
// Empty when the levels break up into more than kMaxRuns runs.
std::optional<Mask> threshold_levels(const Image& levels, std::uint8_t high, std::uint8_t low);

// Pixels above black and under `high` that are 0 in `mask`, which has the same size.
FaintPixels count_faint(const Image& levels, const Mask& mask, std::uint8_t high);

}  // namespace pawfect
