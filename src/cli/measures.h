// Plain measures of a fill, for `pawfect eval`; docs/command-line.md explains how to read them.
// They compare engines and settings on the same photos; none of them replaces a look. Pure
// functions. Luma is Rec. 709 of the gamma-encoded samples, scaled to 0..1.
#pragma once

#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

// Peak signal-to-noise ratio in dB over the colour samples of the hole's pixels: -10 log10 of the
// mean squared difference of samples scaled to 0..1. At most 99 (identical).
double hole_psnr(const Image& filled, const Image& truth, const Mask& hole);

// Mean of dx^2 + dy^2 of the luma (forward differences that lie in the hole) in `filled`, divided
// by the same in `truth`: 1 = as much detail as the truth, below 1 = blurred, above 1 = noisy. The
// ratio of two flat areas is 1.
double detail_ratio(const Image& filled, const Image& truth, const Mask& hole);

// Mean luma step between neighbours on the two sides of the hole's edge, divided by the mean step
// between neighbours that both lie in the ring of 4 pixels outside it: 1 = the edge cannot be told
// from its surroundings, 2 = it stands out twice as much. Needs no truth.
double seam_ratio(const Image& filled, const Mask& hole);

}  // namespace pawfect
