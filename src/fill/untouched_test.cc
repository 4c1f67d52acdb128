#include "fill/untouched.h"

#include <gtest/gtest.h>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

TEST(FindTouchedOutside, SeesEverySingleByte) {
  std::mt19937 random(1);
  const Mask composite = shapes::random_mask(23, 17, random);
  const Image before = shapes::random_photo(23, 17, 4, SampleDepth::k16, random);
  for (std::size_t i = 0; i < before.bytes.size(); ++i) {
    Image after = before;
    after.bytes[i] ^= 1;
    const int pixel = int(i) / before.bytes_per_pixel();
    const auto touched = find_touched_outside(before, after, composite);
    if (composite.pixels[pixel]) {
      EXPECT_FALSE(touched);
    } else {
      const PixelPosition position = touched.value_or(PixelPosition{-1, -1});
      EXPECT_EQ(position.x, pixel % 23);
      EXPECT_EQ(position.y, pixel / 23);
    }
  }
}

TEST(FindTouchedOutside, IsContentWithoutAChange) {
  std::mt19937 random(2);
  const Image photo = shapes::random_photo(9, 9, 1, SampleDepth::k8, random);
  EXPECT_FALSE(find_touched_outside(photo, photo, Mask(9, 9)));
}

}  // namespace
}  // namespace pawfect
