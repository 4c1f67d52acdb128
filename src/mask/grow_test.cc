#include "mask/grow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "mask/prepare.h"
#include "mask/test_shapes.h"

namespace pawfect {
namespace {

// The plain twin: squared distance to the nearest pixel whose being set equals `wanted`, by trying
// all.
int nearest_squared(const Mask& mask, int x, int y, bool wanted) {
  int nearest = std::numeric_limits<int>::max();
  for (int ny = 0; ny < mask.height; ++ny) {
    for (int nx = 0; nx < mask.width; ++nx) {
      if ((mask.at(nx, ny) != 0) != wanted) continue;
      nearest = std::min(nearest, (nx - x) * (nx - x) + (ny - y) * (ny - y));
    }
  }
  return nearest;
}

TEST(GrowMask, SetsExactlyWhatLiesWithinTheRadius) {
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    const Mask mask = shapes::random_mask(31, 27, random);
    const int radius = int(random() % 9);
    const Mask grown = grow_mask(mask, radius);
    for (int y = 0; y < mask.height; ++y) {
      for (int x = 0; x < mask.width; ++x) {
        const bool is_near = nearest_squared(mask, x, y, true) <= radius * radius;
        ASSERT_EQ(grown.at(x, y), is_near ? 255 : 0) << x << "," << y << " radius " << radius;
      }
    }
  }
}

TEST(GrowMask, NeverErodesBelowTheInput) {
  std::mt19937 random(12);
  for (int round = 0; round < 50; ++round) {
    const Mask mask = shapes::random_mask(90, 60, random);
    const Mask grown = grow_mask(mask, int(random() % 20));
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) ASSERT_GE(grown.pixels[i], mask.pixels[i]);
  }
}

TEST(GrowMask, RadiusZeroIsTheMaskItself) {
  const Mask mask = shapes::disc(20, 20, 0, 19, 6);
  EXPECT_EQ(grow_mask(mask, 0), mask);
}

TEST(GrowMask, AcceptsARadiusLargerThanThePhoto) {
  EXPECT_EQ(shapes::count_set(grow_mask(shapes::disc(9, 1, 4, 0, 0), kMaxGrowPx)), 9);
}

TEST(SoftenEdge, FollowsTheDistanceToTheNearestUnsetPixel) {
  std::mt19937 random(13);
  for (int round = 0; round < 20; ++round) {
    const Mask mask = shapes::random_mask(33, 21, random);
    const int width = 1 + int(random() % 7);
    const Mask soft = soften_edge(mask, width);
    for (int y = 0; y < mask.height; ++y) {
      for (int x = 0; x < mask.width; ++x) {
        const double d = std::sqrt(double(nearest_squared(mask, x, y, false)));
        const double t = d / (width + 1);
        const double expected = d > width ? 255 : 255 * t * t * t * (6 * t * t - 15 * t + 10);
        ASSERT_NEAR(soft.at(x, y), expected, 0.51) << x << "," << y << " width " << width;
      }
    }
  }
}

TEST(SoftenEdge, LooksLikeAGaussianBlurredStep) {
  Mask half(400, 1);
  shapes::add_rect(half, {0, 0, 300, 1});
  const int width = 99;
  const Mask soft = soften_edge(half, width);
  const double sigma = 0.197 * (width + 1);
  for (int x = 200; x < 300; ++x) {
    const double from_middle = 250 - x;
    const double expected = 127.5 * (1 + std::erf(from_middle / (sigma * std::sqrt(2.0))));
    EXPECT_NEAR(soft.at(x, 0), expected, 4.0) << "column " << x;
  }
}

TEST(SoftenEdge, ThePhotosBorderIsNoEdge) {
  Mask corner(40, 40);
  shapes::add_rect(corner, {0, 0, 20, 20});
  const Mask soft = soften_edge(corner, 5);
  EXPECT_EQ(soft.at(0, 0), 255);
  EXPECT_EQ(soft.at(14, 0), 255);
  EXPECT_LT(soft.at(15, 0), 255);
  EXPECT_EQ(soft.at(20, 0), 0);
}

TEST(SoftenEdge, WidthZeroIsTheMaskItself) {
  const Mask mask = shapes::disc(20, 20, 10, 10, 6);
  EXPECT_EQ(soften_edge(mask, 0), mask);
}

TEST(SoftenEdge, TheWidestEdgeDoesNotOverflow) {
  const Mask mask = shapes::disc(600, 600, 300, 300, 280);
  const Mask soft = soften_edge(mask, kMaxBlendPx);
  EXPECT_EQ(soft.at(300, 300), 255);
  for (int x = 301; x < 600; ++x) ASSERT_LE(soft.at(x, 300), soft.at(x - 1, 300));
}

}  // namespace
}  // namespace pawfect
