// Grey levels of a picture, as masks need them. Pure functions.
#pragma once

#include "image/image.h"

namespace pawfect {

// 8-bit, 1 channel: colour is weighed 0.2126 R + 0.7152 G + 0.0722 B on the stored (gamma-encoded)
// values, 16-bit levels are divided by 257 and rounded, alpha multiplies (transparent = 0).
Image grey_levels(const Image& image);

}  // namespace pawfect
