#include <gtest/gtest.h>

#include <random>

#include "texture/level.h"
#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

std::uint8_t* pixel(Level& level, int x, int y) {
  return &level.pixels[(std::size_t(y) * level.stride + x) * 4];
}
PixelKind kind(const Level& level, int x, int y) {
  return PixelKind(level.kind[std::size_t(y) * level.stride + x]);
}

TEST(Halve, KeepsAConstantColourExactly) {
  for (const auto& [width, height] : {std::pair{24, 16}, {25, 17}, {7, 1}, {1, 1}}) {
    Level fine = drawn::pattern_level(Mask(width, height), [](int, int) { return 173; });
    Level coarse = halve(fine);
    ASSERT_EQ(coarse.width, (width + 1) / 2);
    ASSERT_EQ(coarse.height, (height + 1) / 2);
    for (int y = 0; y < coarse.height; ++y) {
      for (int x = 0; x < coarse.width; ++x) {
        EXPECT_EQ(kind(coarse, x, y), kKnown);
        for (int c = 0; c < 4; ++c) EXPECT_EQ(pixel(coarse, x, y)[c], 173);
      }
    }
  }
}

TEST(Halve, WeighsOneThreeThreeOneInBothDirections) {
  Level fine = drawn::pattern_level(Mask(12, 12), [](int, int) { return 0; });
  constexpr int kTap[4] = {1, 3, 3, 1};
  for (int dy = 0; dy < 4; ++dy) {
    for (int dx = 0; dx < 4; ++dx) {  // the filter of the coarse pixel (2, 2) starts at (3, 3)
      pixel(fine, 3 + dx, 3 + dy)[1] = 255;
      Level coarse = halve(fine);
      EXPECT_EQ(pixel(coarse, 2, 2)[1], (255 * kTap[dx] * kTap[dy] + 32) / 64);
      EXPECT_EQ(pixel(coarse, 2, 2)[0], 0);
      pixel(fine, 3 + dx, 3 + dy)[1] = 0;
    }
  }
}

TEST(Halve, IsTheMeanOfKnownPixelsOnlyOnRandomMasks) {
  std::mt19937 random(11);
  for (int k = 0; k < 20; ++k) {
    const int width = 9 + int(random() % 30), height = 9 + int(random() % 30);
    const auto masks = drawn::random_masks(width, height, random);
    Level fine = drawn::noise_level(masks.hole, random, &masks.unusable);
    Level coarse = halve(fine);
    constexpr double kTap[4] = {1, 3, 3, 1};
    for (int y = 0; y < coarse.height; ++y) {
      for (int x = 0; x < coarse.width; ++x) {
        double sum = 0, weight = 0;
        for (int dy = 0; dy < 4; ++dy) {
          for (int dx = 0; dx < 4; ++dx) {
            const int fx = 2 * x + dx - 1, fy = 2 * y + dy - 1;
            if (!masks.hole.rect().contains(fx, fy) || kind(fine, fx, fy) != kKnown) continue;
            sum += kTap[dx] * kTap[dy] * pixel(fine, fx, fy)[2];
            weight += kTap[dx] * kTap[dy];
          }
        }
        if (weight > 0) {
          EXPECT_NEAR(pixel(coarse, x, y)[2], sum / weight, 0.5001);
        }
      }
    }
  }
}

TEST(Halve, AnUnknownColourNeverLeaks) {
  std::mt19937 random(12);
  for (int k = 0; k < 20; ++k) {
    const auto masks = drawn::random_masks(40, 31, random);
    Level one = drawn::noise_level(masks.hole, random, &masks.unusable);
    Level other = one;
    for (std::size_t i = 0; i < other.kind.size(); ++i) {
      if (other.kind[i] == kKnown) continue;
      for (int c = 0; c < 4; ++c) other.pixels[i * 4 + c] = std::uint8_t(random());
    }
    EXPECT_EQ(halve(one).pixels, halve(other).pixels);
  }
}

TEST(Halve, ACoarsePixelIsKnownWhenThreeOfItsFourChildrenAre) {
  for (int children = 0; children < 81; ++children) {  // three kinds for each of four children
    Level fine = make_level(2, 2);
    int known = 0, hole = 0, unusable = 0, digits = children;
    for (int p = 0; p < 4; ++p, digits /= 3) {
      const auto k = PixelKind(digits % 3);
      fine.kind[std::size_t(p / 2) * fine.stride + p % 2] = k;
      known += k == kKnown, hole += k == kHole, unusable += k == kUnusable;
    }
    const PixelKind wished = known >= 3 ? kKnown : hole >= unusable ? kHole : kUnusable;
    EXPECT_EQ(kind(halve(fine), 0, 0), wished) << children;
  }
}

TEST(Halve, LeavesThePaddingUnusable) {
  const Level coarse = halve(drawn::pattern_level(Mask(20, 20), [](int, int) { return 1; }));
  for (int y = 0; y < coarse.height; ++y) {
    for (int x = coarse.width; x < coarse.stride; ++x) EXPECT_EQ(kind(coarse, x, y), kUnusable);
  }
}

}  // namespace
}  // namespace pawfect::texture
