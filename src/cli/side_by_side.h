// Before and after in one picture, for people to look at. Pure.
#pragma once

#include "image/image.h"

namespace pawfect {

// `before` on the left, `after` on the right, a white gap of 1/64 of the width (at least 4 px)
// between them. Both have the same size, channels and depth, and so has the result but for its
// width.
Image side_by_side(const Image& before, const Image& after);

}  // namespace pawfect
