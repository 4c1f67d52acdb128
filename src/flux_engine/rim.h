// The second look at the rim of a hole: its outermost pixels are painted once more, with what the
// first pass painted as their surroundings, so that fill and photo meet. Planar RGB of -1..1 at the
// working size. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rect.h"
#include "flux_engine/planes.h"
#include "flux_engine/working_size.h"

namespace pawfect {

// How far the rim reaches into the hole.
inline constexpr int kRimPx = 24;

struct RimInput {
  std::vector<float> rgb;          // the photo, in its hole the first painting
  std::vector<std::uint8_t> mask;  // 255 = rim: pixels of the hole within kRimPx of a known one
};

// `painted` is the first painting of `part` of a picture of `size`; the hole lies inside part.
RimInput rim_input(const ModelInput& input, std::span<const float> painted, const PixelRect& part,
                   const WorkingSize& size);

// Takes the rim's pixels over from the second painting of the same part.
void put_rim(std::span<float> painted, std::span<const float> again, const RimInput& rim,
             const PixelRect& part, const WorkingSize& size);

}  // namespace pawfect
