// A context window: the part of the photo that an engine sees for one cluster of holes. Pure
// values.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rect.h"
#include "mask/mask.h"

namespace pawfect {

// What an engine asks of its windows. Lengths in pixels of the photo.
struct WindowPolicy {
  double join_factor =
      0.35;           // holes whose boxes, grown by this x sqrt(hole area), meet share a window
  int join_min = 16;  // ... and by at least this much
  double context_factor =
      0.8;  // context on each side: this x mean(sqrt(area), longer side of the hole's box)
  int context_min = 64;  // ... and at least this much
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
