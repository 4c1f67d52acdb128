#include "fill/untouched.h"

#include <cstring>
#include <span>

#include "mask/runs.h"

namespace pawfect {
namespace {

// First of the pixels begin..end of row y that differs.
std::optional<PixelPosition> compare(const Image& before, const Image& after, int y, int begin,
                                     int end) {
  const std::size_t pixel = before.bytes_per_pixel();
  const std::size_t row = std::size_t(before.width) * y;
  const auto differ = [&](int x, std::size_t pixels) {
    const std::size_t at = (row + x) * pixel;
    return std::memcmp(before.bytes.data() + at, after.bytes.data() + at, pixels * pixel) != 0;
  };
  if (!differ(begin, end - begin)) return std::nullopt;
  int x = begin;
  while (!differ(x, 1)) ++x;
  return PixelPosition{x, y};
}

}  // namespace

std::optional<PixelPosition> find_touched_outside(const Image& before, const Image& after,
                                                  const Mask& composite) {
  const RunList runs = find_runs(composite);
  std::size_t i = 0;
  for (int y = 0; y < composite.height; ++y) {
    int x = 0;
    for (; i < runs.size() && runs[i].y == y; ++i) {
      if (const auto found = compare(before, after, y, x, runs[i].begin)) return found;
      x = runs[i].end;
    }
    if (const auto found = compare(before, after, y, x, composite.width)) return found;
  }
  return std::nullopt;
}

}  // namespace pawfect
