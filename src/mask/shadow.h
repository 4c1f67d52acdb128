// The soft shadow at an object's foot. Left outside a mask it makes an engine paint something that
// would explain it. Pixels of the photo. Pure function.
#pragma once

#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

// A hard mask of the shadows of the parts of `object` (hard, the photo's size): ground beside or
// under the lower half of a part that is clearly darker than the lit ground, of nearly its colour,
// connected to the part, ends within reach (three quarters of the part's size) and is no larger
// than the part. Where the ground is too mixed to tell, or when in doubt, nothing. Never overlaps
// `object`.
Mask find_shadow(const Image& photo, const Mask& object);

}  // namespace pawfect
