#include "cli/side_by_side.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace pawfect {

Image side_by_side(const Image& before, const Image& after) {
  assert(before.width == after.width && before.height == after.height &&
         before.bytes_per_pixel() == after.bytes_per_pixel());
  const int gap = std::max(4, before.width / 64);
  Image both(2 * before.width + gap, before.height, before.channels, before.depth);
  std::ranges::fill(both.bytes, 255);  // white and opaque in either depth
  const std::size_t row = std::size_t(before.width) * before.bytes_per_pixel();
  const std::size_t wide_row = std::size_t(both.width) * both.bytes_per_pixel();
  for (int y = 0; y < before.height; ++y) {
    std::uint8_t* line = both.bytes.data() + wide_row * y;
    std::memcpy(line, before.bytes.data() + row * y, row);
    std::memcpy(line + wide_row - row, after.bytes.data() + row * y, row);
  }
  return both;
}

}  // namespace pawfect
