#include "mask/scale.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using shapes::levels_of;

TEST(ScaleLevels, TheSameSizeIsTheSameMask) {
  std::mt19937 random(3);
  const Image levels = shapes::random_photo(17, 9, 1, SampleDepth::k8, random);
  EXPECT_EQ(scale_levels(levels, 17, 9).bytes, levels.bytes);
}

TEST(ScaleLevels, AHairThinStrokeSurvivesAnyShrinking) {
  for (const int target : {1, 7, 40, 99}) {
    for (int x = 0; x < 200; x += 13) {
      Mask line(200, 200);
      shapes::add_rect(line, {x, 0, 1, 200});
      const Image small = scale_levels(levels_of(line), target, target);
      for (int y = 0; y < target; ++y) {
        const auto row = small.row<std::uint8_t>(y);
        // Two where the stroke lies across the border of two pixels.
        const auto hit = std::ranges::count(row, 255);
        EXPECT_TRUE(hit == 1 || hit == 2) << hit << " pixels in row " << y << " of " << target;
      }
    }
  }
}

TEST(ScaleLevels, EnlargingKeepsTheShareThatIsWhite) {
  const Mask small = shapes::disc(50, 50, 25, 25, 15);
  const Image large = scale_levels(levels_of(small), 400, 300);
  const auto white = std::ranges::count_if(large.bytes, [](std::uint8_t v) { return v >= 128; });
  EXPECT_NEAR(double(white) / (400 * 300), double(shapes::count_set(small)) / 2500, 0.005);
}

TEST(ScaleLevels, EnlargingInterpolatesBetweenCentres) {
  Image two(2, 1, 1, SampleDepth::k8);
  two.bytes = {0, 200};
  EXPECT_EQ(scale_levels(two, 4, 1).bytes, (std::vector<std::uint8_t>{0, 50, 150, 200}));
}

TEST(ScaleLevels, ShrinksOneAxisWhileItEnlargesTheOther) {
  Mask line(100, 10);
  shapes::add_rect(line, {42, 0, 1, 10});
  const Image scaled = scale_levels(levels_of(line), 10, 100);
  for (int y = 0; y < 100; ++y) EXPECT_EQ(scaled.row<std::uint8_t>(y)[4], 255);
}

TEST(ScaleLevels, KeepsTheQuarterThatIsWhite) {
  Mask corner(64, 48);
  shapes::add_rect(corner, {32, 0, 32, 24});
  for (const auto& [width, height] : {std::pair{31, 77}, {640, 480}, {16, 12}}) {
    const Image scaled = scale_levels(levels_of(corner), width, height);
    EXPECT_EQ(scaled.row<std::uint8_t>(height / 8)[width * 7 / 8], 255);
    EXPECT_EQ(scaled.row<std::uint8_t>(height / 8)[width / 8], 0);
    EXPECT_EQ(scaled.row<std::uint8_t>(height * 7 / 8)[width * 7 / 8], 0);
  }
}

}  // namespace
}  // namespace pawfect
