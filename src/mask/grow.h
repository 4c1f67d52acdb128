// Growth by true distance and the soft edge. Lengths in pixels of the photo. Pure functions.
#pragma once

#include "mask/mask.h"

namespace pawfect {

// The pixels whose centre lies within `radius` >= 0 of the centre of a set pixel (Euclidean
// distance), so that corners come out round. Hard in, hard out; nothing set is ever cleared. Radius
// 0: the mask itself.
Mask grow_mask(const Mask& mask, int radius);

// A copy of the hard mask whose weight falls from 255 to 0 over the outermost `width` pixels inside
// it: with d the distance to the nearest unset pixel of the photo, weight = 255 * s(d / (width +
// 1)) while d <= width, and 255 beyond. s(t) = t^3 (6 t^2 - 15 t + 10) is within 0.013 of a
// Gaussian-blurred step and reaches 0 and 1 exactly. The photo's border is no edge. width
// 0..kMaxBlendPx (128); width 0: the mask itself.
Mask soften_edge(const Mask& mask, int width);

}  // namespace pawfect
