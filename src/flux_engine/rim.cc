#include "flux_engine/rim.h"

#include <algorithm>

namespace pawfect {
namespace {

// Whether a known pixel lies within `reach` along a line of `count` pixels, for each of them.
void spread(std::uint8_t* first, int count, std::ptrdiff_t step, int reach) {
  int since = reach + 1;
  std::vector<std::uint8_t> near(static_cast<std::size_t>(count), 0);
  for (int i = 0; i < count; ++i) {
    since = first[i * step] ? 0 : std::min(since + 1, reach + 1);
    near[i] = since <= reach;
  }
  since = reach + 1;
  for (int i = count - 1; i >= 0; --i) {
    since = first[i * step] ? 0 : std::min(since + 1, reach + 1);
    near[i] |= since <= reach;
  }
  for (int i = 0; i < count; ++i) first[i * step] = near[i];
}

}  // namespace

RimInput rim_input(const ModelInput& input, std::span<const float> painted, const PixelRect& part,
                   const WorkingSize& size) {
  RimInput rim{input.rgb, std::vector<std::uint8_t>(input.mask.size())};
  for (std::size_t i = 0; i < input.mask.size(); ++i) rim.mask[i] = input.mask[i] == 0;
  for (int y = 0; y < size.height; ++y)
    spread(&rim.mask[std::size_t(y) * size.width], size.width, 1, kRimPx);
  for (int x = 0; x < size.width; ++x) spread(&rim.mask[x], size.height, size.width, kRimPx);
  for (std::size_t i = 0; i < rim.mask.size(); ++i)
    rim.mask[i] = rim.mask[i] && input.mask[i] ? 255 : 0;

  const std::size_t plane = input.mask.size(), part_plane = std::size_t(part.width) * part.height;
  for (int y = part.y; y < part.bottom(); ++y) {
    for (int x = part.x; x < part.right(); ++x) {
      const std::size_t at = std::size_t(y) * size.width + x;
      if (input.mask[at] == 0) continue;
      const std::size_t from = std::size_t(y - part.y) * part.width + (x - part.x);
      for (std::size_t c = 0; c < 3; ++c)
        rim.rgb[c * plane + at] = std::clamp(painted[c * part_plane + from], -1.0f, 1.0f);
    }
  }
  return rim;
}

void put_rim(std::span<float> painted, std::span<const float> again, const RimInput& rim,
             const PixelRect& part, const WorkingSize& size) {
  const std::size_t plane = std::size_t(part.width) * part.height;
  for (int y = part.y; y < part.bottom(); ++y) {
    for (int x = part.x; x < part.right(); ++x) {
      if (rim.mask[std::size_t(y) * size.width + x] == 0) continue;
      const std::size_t at = std::size_t(y - part.y) * part.width + (x - part.x);
      for (std::size_t c = 0; c < 3; ++c) painted[c * plane + at] = again[c * plane + at];
    }
  }
}

}  // namespace pawfect
