#include "cli/side_by_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace pawfect {
namespace {

TEST(SideBySide, ShowsBothPicturesWithAWhiteGap) {
  Image before(10, 3, 4, SampleDepth::k16);
  Image after = before;
  std::ranges::fill(before.bytes, std::uint8_t{1});
  std::ranges::fill(after.bytes, std::uint8_t{2});
  const Image both = side_by_side(before, after);
  ASSERT_EQ(both.width, 24);
  ASSERT_EQ(both.height, 3);
  EXPECT_EQ(both.channels, 4);
  EXPECT_EQ(both.depth, SampleDepth::k16);
  for (int y = 0; y < 3; ++y) {
    const auto row = both.row<std::uint16_t>(y);
    for (int x = 0; x < 24; ++x) {
      EXPECT_EQ(row[std::size_t(x) * 4], x < 10 ? 0x0101 : x < 14 ? 0xffff : 0x0202) << x;
    }
  }
}

}  // namespace
}  // namespace pawfect
