#include "flux_engine/rim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace pawfect {
namespace {

constexpr WorkingSize kSize{160, 128};
constexpr std::size_t kPlane = std::size_t(kSize.width) * kSize.height;

// A grey picture with a hole.
ModelInput input_with(const PixelRect& hole) {
  ModelInput input;
  input.rgb.assign(3 * kPlane, 0.25f);
  input.mask.assign(kPlane, 0);
  for (int y = hole.y; y < hole.bottom(); ++y) {
    for (int x = hole.x; x < hole.right(); ++x) input.mask[std::size_t(y) * kSize.width + x] = 255;
  }
  input.hole_box = hole;
  return input;
}

std::vector<float> plain(const PixelRect& part, float value) {
  return std::vector<float>(std::size_t(3) * part.width * part.height, value);
}

std::size_t at(int x, int y) { return std::size_t(y) * kSize.width + x; }

TEST(RimInput, IsWhatOfTheHoleLiesWithinReachOfAKnownPixel) {
  const PixelRect hole{20, 10, 120, 100};
  const RimInput rim = rim_input(input_with(hole), plain(hole, 0.5f), hole, kSize);
  for (int y = 0; y < kSize.height; ++y) {
    for (int x = 0; x < kSize.width; ++x) {
      const bool inside = x >= hole.x && x < hole.right() && y >= hole.y && y < hole.bottom();
      const int depth =
          std::min({x - hole.x + 1, hole.right() - x, y - hole.y + 1, hole.bottom() - y});
      ASSERT_EQ(rim.mask[at(x, y)], inside && depth <= kRimPx ? 255 : 0) << x << "," << y;
    }
  }
}

TEST(RimInput, IsTheFirstPaintingInTheHoleAndThePhotoElsewhere) {
  const PixelRect hole{20, 10, 120, 100}, part{8, 2, 140, 120};
  const RimInput rim = rim_input(input_with(hole), plain(part, 0.5f), part, kSize);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(rim.rgb[c * kPlane + at(80, 60)], 0.5f);
    EXPECT_EQ(rim.rgb[c * kPlane + at(20, 10)], 0.5f);
    EXPECT_EQ(rim.rgb[c * kPlane + at(19, 10)], 0.25f);  // painted too, but known
    EXPECT_EQ(rim.rgb[c * kPlane + at(0, 0)], 0.25f);
  }
}

TEST(RimInput, KeepsWhatThePaintingOvershotWithinThePicturesRange) {
  const PixelRect hole{40, 40, 16, 16};
  const RimInput high = rim_input(input_with(hole), plain(hole, 1.3f), hole, kSize);
  const RimInput low = rim_input(input_with(hole), plain(hole, -1.3f), hole, kSize);
  EXPECT_EQ(high.rgb[at(45, 45)], 1.0f);
  EXPECT_EQ(low.rgb[at(45, 45)], -1.0f);
}

TEST(RimInput, CountsNoPictureEdgeAsKnown) {
  const PixelRect hole{0, 0, 100, 128};  // three of its sides are the picture's
  const RimInput rim = rim_input(input_with(hole), plain(hole, 0.5f), hole, kSize);
  EXPECT_EQ(rim.mask[at(0, 0)], 0);
  EXPECT_EQ(rim.mask[at(100 - kRimPx - 1, 127)], 0);
  EXPECT_EQ(rim.mask[at(100 - kRimPx, 127)], 255);
}

TEST(PutRim, TakesTheRimOverAndNothingElse) {
  const PixelRect hole{20, 10, 120, 100}, part{8, 2, 140, 120};
  std::vector<float> painted = plain(part, 0.5f);
  const RimInput rim = rim_input(input_with(hole), painted, part, kSize);
  put_rim(painted, plain(part, -0.75f), rim, part, kSize);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < part.height; ++y) {
      for (int x = 0; x < part.width; ++x) {
        const bool is_rim = rim.mask[at(x + part.x, y + part.y)] != 0;
        ASSERT_EQ(painted[std::size_t(c * part.height + y) * part.width + x],
                  is_rim ? -0.75f : 0.5f);
      }
    }
  }
}

}  // namespace
}  // namespace pawfect
