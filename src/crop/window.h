// A context window: the part of the photo that an engine sees for one cluster of holes.
// Pure values.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rect.h"
#include "mask/mask.h"

namespace pawfect {

// What an engine asks of its windows. Lengths in pixels of the photo.
struct WindowPolicy {
  // Holes whose boxes, grown by this times sqrt(hole area) and by at least join_min, meet share a
  // window.
  double join_factor = 0.35;
  int join_min = 16;
  // Context on each side: this times the mean of sqrt(area) and the longer side of the hole's box,
  // at least context_min and at most context_max: what is farther away is seldom of use, and a
  // large photo's window would take memory for nothing.
  double context_factor = 0.8;
  int context_min = 64;
  int context_max = 512;
  // A window has at least that many pixels a side, and is at most that many times as long as wide,
  // as far as the photo reaches.
  int side_min = 0;
  double shape_max = 1e9;
};

struct Window {
  PixelRect rect;      // inside the photo; shifted inwards at borders, never mirrored
  PixelRect hole_box;  // bounding box of the cluster's hole pixels, inside rect
  std::int64_t hole_pixels = 0;
  Mask hole;      // size of rect: 255 = a pixel of THIS cluster, to be filled
  Mask unusable;  // size of rect: 255 = hole pixel of another cluster: neither filled nor copied
                  // from
};

}  // namespace pawfect
