#include "fill/job_memory.h"

#include <algorithm>

#include "base/checked.h"

namespace pawfect {
namespace {

using Bytes = std::optional<std::int64_t>;

Bytes sum(Bytes a, Bytes b) { return a && b ? checked_add(*a, *b) : std::nullopt; }

// A membrane site has four floats and a byte, and its coarser levels add a third.
Bytes colour_field_memory(const PixelRect& hole_box) {
  return checked_product(std::int64_t{hole_box.width} + 2, std::int64_t{hole_box.height} + 2,
                         std::int64_t{23});
}

Bytes window_peak(const WindowPlace& place, const Image& photo, const FillEngine& engine) {
  Bytes peak = window_memory(place.rect, photo.bytes_per_pixel());
  Bytes step =
      engine.memory_needed(place.rect.width, place.rect.height, place.hole_pixels, photo.channels);
  if (engine.wants_colour_field()) {
    // The engine is done when the colour field begins.
    const Bytes field = colour_field_memory(place.hole_box);
    step = field ? Bytes(std::max(*step, *field)) : std::nullopt;
  }
  return sum(peak, step);
}

}  // namespace

std::optional<std::int64_t> job_memory(const Image& photo, const WindowPlan& plan,
                                       const FillEngine& engine) {
  Bytes most = 0;
  for (const WindowPlace& place : plan.places) {
    const Bytes peak = window_peak(place, photo, engine);
    if (!peak) return std::nullopt;
    most = std::max(*most, *peak);
  }
  const Bytes run_bytes =
      checked_multiply(std::int64_t(plan.runs.size()), std::int64_t(sizeof(Run) + sizeof(int)));
  return sum(sum(most, run_bytes), std::int64_t(photo.bytes.size()));
}

}  // namespace pawfect
