#include "mask/scale.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pawfect {
namespace {

// What one target pixel reads along one axis: the maximum of first..last (shrinking), or a mixture
// of the two with `weight` of 256 on `last` (growing).
struct Tap {
  int first = 0;
  int last = 0;
  int weight = 0;
};

// Whole numbers only, so that every machine reads the same mask.
std::vector<Tap> plan_axis(int from, int to) {
  std::vector<Tap> taps(to);
  const std::int64_t source = from;
  const std::int64_t target = to;
  for (std::int64_t i = 0; i < target; ++i) {
    if (from >= to) {
      taps[i] = {int(i * source / target), int(((i + 1) * source - 1) / target), 0};
      continue;
    }
    // Centre of target pixel i in source pixels, times 256: ((i + 1/2) * source / target - 1/2).
    const std::int64_t centre = ((2 * i + 1) * source * 128 / target) - 128;
    const std::int64_t clamped = std::clamp<std::int64_t>(centre, 0, (source - 1) * 256);
    const int first = int(clamped / 256);
    taps[i] = {first, std::min(first + 1, from - 1), int(clamped % 256)};
  }
  return taps;
}

std::uint8_t mix(std::uint8_t a, std::uint8_t b, int weight) {
  return std::uint8_t((a * (256 - weight) + b * weight + 128) / 256);
}

}  // namespace

Image scale_levels(const Image& levels, int width, int height) {
  const std::vector<Tap> columns = plan_axis(levels.width, width);
  const std::vector<Tap> rows = plan_axis(levels.height, height);
  Image out(width, height, 1, SampleDepth::k8);
  std::vector<std::uint8_t> joined(levels.width);

  for (int y = 0; y < height; ++y) {
    const Tap& tap = rows[y];
    const auto top = levels.row<std::uint8_t>(tap.first);
    std::copy(top.begin(), top.end(), joined.begin());
    if (levels.height >= height) {
      for (int source = tap.first + 1; source <= tap.last; ++source) {
        const auto row = levels.row<std::uint8_t>(source);
        for (int x = 0; x < levels.width; ++x) joined[x] = std::max(joined[x], row[x]);
      }
    } else {
      const auto below = levels.row<std::uint8_t>(tap.last);
      for (int x = 0; x < levels.width; ++x) joined[x] = mix(top[x], below[x], tap.weight);
    }

    const auto target = out.row<std::uint8_t>(y);
    for (int x = 0; x < width; ++x) {
      const Tap& across = columns[x];
      target[x] = levels.width >= width
                      ? *std::max_element(&joined[across.first], &joined[across.last] + 1)
                      : mix(joined[across.first], joined[across.last], across.weight);
    }
  }
  return out;
}

}  // namespace pawfect
