// The promise behind every job: outside the composite mask not a byte changes. Pure function.
#pragma once

#include <cstdint>
#include <optional>

#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

struct PixelPosition {
  int x = 0;
  int y = 0;
};

// The first pixel, in reading order, whose composite weight is 0 and whose bytes differ between
// `before` and `after`; empty when the promise holds. All three have the same size, both pictures
// the same form.
std::optional<PixelPosition> find_touched_outside(const Image& before, const Image& after,
                                                  const Mask& composite);

}  // namespace pawfect
