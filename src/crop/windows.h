// Where an engine looks: holes are clustered, and each cluster gets a window with context around
// it. Planning is light (no pixel is allocated), so that memory can be judged first; the masks of a
// window are made one window at a time. Lengths in pixels of the photo. Value types, not
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crop/window.h"
#include "mask/mask.h"
#include "mask/runs.h"

namespace pawfect {

struct WindowPlace {
  PixelRect rect;      // inside the photo
  PixelRect hole_box;  // inside rect
  std::int64_t hole_pixels = 0;
};

struct WindowPlan {
  std::vector<WindowPlace> places;  // by the hole's top, then left edge
  RunList runs;                     // all hole pixels of the photo
  std::vector<int> place_of_run;    // for every run, the index of its place
};

// Clusters the parts of `generate`: parts whose boxes, grown by max(join_min, join_factor *
// sqrt(area)), meet share a window, until nothing more meets. The window is the cluster's box with
// context on each side of context_factor * mean(sqrt(area), longer side), between context_min and
// context_max, never
// less than 1.5 times the box nor than side_min, the shorter side made longer where shape_max asks
// for it; at the photo's border it is shifted inwards, never mirrored, and cut
// only where the photo is too small. Every hole pixel belongs to exactly one place. No holes: no
// places.
WindowPlan plan_windows(const Mask& generate, const WindowPolicy& policy);

// The masks of one window: its own holes, and the holes of others as unusable.
Window build_window(const WindowPlan& plan, std::size_t index);

// Bytes that one window takes: two masks, the cut-out and the fill. Empty when that is no 64-bit
// number.
std::optional<std::int64_t> window_memory(const PixelRect& rect, int bytes_per_pixel);

}  // namespace pawfect
