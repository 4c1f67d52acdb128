// The overlay: a picture to look at before a job runs. Pure function.
#pragma once

#include "image/image.h"
#include "mask/prepare.h"

namespace pawfect {

// The photo as 8-bit RGB (alpha over a chequerboard, 16 bit rounded down) with the input mask
// outlined and tinted in magenta, the grown mask outlined in cyan, and the band where the fill
// fades tinted in yellow. Every line has a dark and a light side, so that it stands out on any
// photo.
Image draw_overlay(const Image& photo, const PreparedMask& mask);

}  // namespace pawfect
