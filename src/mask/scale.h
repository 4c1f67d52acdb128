// A mask drawn on a smaller or larger copy of the photo, brought to the photo's size. Pure
// function.
#pragma once

#include "image/image.h"

namespace pawfect {

// `levels` is 8-bit grey; the sides are at least 1. Along an axis that shrinks, a pixel takes the
// highest level it covers, so that a hair-thin stroke is never lost; along one that grows, levels
// are interpolated linearly between pixel centres, so that edges stay smooth for the threshold.
Image scale_levels(const Image& levels, int width, int height);

}  // namespace pawfect
