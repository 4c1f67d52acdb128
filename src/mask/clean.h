// The clean-up of a hard mask: specks away, pin-holes shut. Both work on whole connected parts, so
// that nothing that stays is ever eroded. Pixels of the photo. Free of shared state.
#pragma once

#include <cstdint>

#include "mask/mask.h"

namespace pawfect {

// A part of fewer pixels than a 3x3 block vanishes under any opening, whatever its shape.
inline constexpr std::int64_t kSpeckPx = 9;

struct CleanedParts {
  int parts = 0;
  std::int64_t pixels = 0;
};

// Clears every part (8 neighbours) of fewer than `below_px` pixels. An opening proper would also
// take thin strokes away, a scratch or a leash that someone drew; a part that is larger stays as it
// is.
CleanedParts drop_specks(Mask& mask, std::int64_t below_px);

// Sets every gap (4 neighbours) that the mask encloses wholly, away from the photo's border, of at
// most `up_to_px` pixels. The inside of a ring is a gap too, but a large one, and stays.
CleanedParts fill_pinholes(Mask& mask, std::int64_t up_to_px);

}  // namespace pawfect
