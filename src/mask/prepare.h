// From a picture of a mask to the two masks that a job needs: read with a hysteresis threshold,
// cleaned of specks and pin-holes, judged, grown, and given a soft edge. docs/masks.md tells the
// whole story. Lengths are pixels of the photo. Pure functions; nothing is shared between calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/rect.h"
#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

inline constexpr int kMaxGrowPx = 256;
inline constexpr int kMaxBlendPx = 128;

struct MaskOptions {
  // --grow, 0..kMaxGrowPx; empty: 8 px up to 1 megapixel, rising to 12 px from 12 on.
  std::optional<int> grow_px = {};
  // --blend, 0..kMaxBlendPx; empty: 6 px. Never wider than the growth.
  std::optional<int> blend_px = {};
  // --max-cover, the share of the photo that the cleaned mask may cover.
  double max_cover = 0.40;
  // --min-part, how many pixels the largest part must have.
  std::int64_t min_component_px = 50;
  // A level from `high` on is white; one from `low` on counts where it is connected to white.
  std::uint8_t high = 128;
  std::uint8_t low = 64;
  bool invert = false;         // --invert: black means fill
  bool follow_shadow = false;  // --follow-shadow: grow over the soft shadow at the object's foot
};

// What was found and done; goes into the report as it is.
struct MaskStatistics {
  int given_width = 0;  // size of the mask before it was scaled to the photo
  int given_height = 0;
  std::int64_t faint_px = 0;       // above black, but not counted
  std::int64_t faint_left_px = 0;  // ... of these, outside the grown mask: they stay in the picture
  int brightest_faint = 0;         // their highest level
  int specks_dropped = 0;          // parts
  std::int64_t speck_px = 0;
  int pinholes_filled = 0;  // parts
  std::int64_t pinhole_px = 0;
  int parts = 0;  // connected parts of the cleaned mask (8 neighbours)
  std::int64_t largest_part_px = 0;
  std::int64_t mask_px = 0;    // of the cleaned mask
  double cover = 0;            // mask_px / pixels of the photo
  std::int64_t shadow_px = 0;  // added by follow_shadow
  int grow_px = 0;             // as used
  int blend_px = 0;            // as used
};

struct PreparedMask {
  Mask input;      // hard: the cleaned mask, before growth
  Mask generate;   // hard: what the engine fills; input (and its shadow) grown by a disc
  Mask composite;  // soft: how much of the fill is pasted; 255 on input, 0 outside generate
  PixelRect box;   // bounding box of generate
  MaskStatistics statistics;
  std::vector<std::string> notices;  // one line each, for a person
};

// `levels` is the mask as an 8-bit grey picture of any size, `photo` the upright photo it belongs
// to. generate >= input, composite > 0 only inside generate, composite == 255 on input, always.
// Errors: kMaskRejected with the numbers (nothing white, only faint, all white, over max_cover, no
// part of min_component_px, noise); kUsage for an option out of range.
Result<PreparedMask> prepare_mask(const Image& levels, const Image& photo,
                                  const MaskOptions& options);

}  // namespace pawfect
