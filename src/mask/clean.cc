#include "mask/clean.h"

#include <algorithm>
#include <vector>

#include "mask/runs.h"

namespace pawfect {
namespace {

// Writes `value` over every part of up to `up_to_px` pixels that lies wholly inside `allowed`.
CleanedParts overwrite(Mask& mask, const RunList& runs, const PartList& list, std::int64_t up_to_px,
                       const PixelRect& allowed, std::uint8_t value) {
  const auto is_meant = [&](const Part& part) {
    return part.pixels <= up_to_px && intersection(part.box, allowed) == part.box;
  };
  CleanedParts cleaned;
  for (const Part& part : list.parts) {
    if (!is_meant(part)) continue;
    ++cleaned.parts;
    cleaned.pixels += part.pixels;
  }
  if (cleaned.parts == 0) return cleaned;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    if (!is_meant(list.parts[list.part_of_run[i]])) continue;
    std::ranges::fill(mask.row(run.y).subspan(run.begin, run.length()), value);
  }
  return cleaned;
}

// The stretches of unset pixels inside `box`, in reading order.
RunList find_gaps(const RunList& runs, const PixelRect& box) {
  RunList gaps;
  std::size_t i = 0;
  for (int y = box.y; y < box.bottom(); ++y) {
    int x = box.x;
    for (; i < runs.size() && runs[i].y == y; ++i) {
      if (runs[i].begin > x) gaps.push_back({y, x, runs[i].begin});
      x = runs[i].end;
    }
    if (x < box.right()) gaps.push_back({y, x, box.right()});
  }
  return gaps;
}

}  // namespace

CleanedParts drop_specks(Mask& mask, std::int64_t below_px) {
  const RunList runs = find_runs(mask);
  return overwrite(mask, runs, find_parts(runs, Neighbours::k8), below_px - 1, mask.rect(), 0);
}

CleanedParts fill_pinholes(Mask& mask, std::int64_t up_to_px) {
  const RunList runs = find_runs(mask);
  const PixelRect box = bounding_box(runs);
  // A gap that reaches the edge of the mask's own box is open towards the outside.
  const PixelRect inner{box.x + 1, box.y + 1, box.width - 2, box.height - 2};
  const RunList gaps = find_gaps(runs, box);
  return overwrite(mask, gaps, find_parts(gaps, Neighbours::k4), up_to_px, inner, 255);
}

}  // namespace pawfect
