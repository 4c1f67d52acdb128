// Brings pixels into a form that a poorer container can hold. Pure functions.
#pragma once

#include "image/image.h"

namespace pawfect {

// 16-bit samples divided by 257 and rounded; 8-bit pictures as they are.
Image in_8_bits(Image image);

// Without alpha: colours laid over white. `is_premultiplied` says that they are multiplied by alpha
// already.
Image over_white(const Image& image, bool is_premultiplied);

// Colours divided by alpha (rounded, at most white); of a fully transparent pixel they stay.
Image with_straight_alpha(Image premultiplied);

}  // namespace pawfect
