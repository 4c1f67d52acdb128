#include "cli/measures.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>

namespace pawfect {
namespace {

constexpr int kSize = 40;

Mask centre_hole() {
  Mask hole(kSize, kSize);
  for (int y = 12; y < 28; ++y) {
    for (int x = 12; x < 28; ++x) hole.at(x, y) = 255;
  }
  return hole;
}

Image painted(const std::function<int(int, int)>& level, int channels = 3) {
  Image image(kSize, kSize, channels, SampleDepth::k8);
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) {
      for (int c = 0; c < channels; ++c) {
        image.row<std::uint8_t>(y)[std::size_t(x) * channels + c] = std::uint8_t(level(x, y));
      }
    }
  }
  return image;
}

int checks(int x, int y) { return (x + y) % 2 == 0 ? 80 : 160; }

TEST(HolePsnr, IsTheFormulasValueForAnEvenDifference) {
  const Image truth = painted([](int, int) { return 100; });
  const Image filled = painted([](int, int) { return 151; });
  // 51 / 255 = 0.2, so -10 log10(0.04).
  EXPECT_NEAR(hole_psnr(filled, truth, centre_hole()), 13.979, 0.001);
}

TEST(HolePsnr, IsNinetyNineForTheTruthItself) {
  const Image truth = painted(checks);
  EXPECT_DOUBLE_EQ(hole_psnr(truth, truth, centre_hole()), 99);
}

TEST(HolePsnr, LooksOnlyIntoTheHole) {
  const Mask hole = centre_hole();
  const Image truth = painted(checks);
  const Image filled = painted([&](int x, int y) { return hole.at(x, y) != 0 ? checks(x, y) : 0; });
  EXPECT_DOUBLE_EQ(hole_psnr(filled, truth, hole), 99);
}

TEST(HolePsnr, ReadsSixteenBitSamplesOnTheirOwnScale) {
  Image truth(kSize, kSize, 1, SampleDepth::k16);
  Image filled = truth;
  for (int y = 0; y < kSize; ++y) {
    for (std::uint16_t& value : filled.row<std::uint16_t>(y)) value = 6554;  // a tenth of 65535
  }
  EXPECT_NEAR(hole_psnr(filled, truth, centre_hole()), 20, 0.01);
}

TEST(DetailRatio, IsOneForTheTruthAndSmallForABlur) {
  const Mask hole = centre_hole();
  const Image truth = painted(checks);
  const Image blurred =
      painted([&](int x, int y) { return hole.at(x, y) != 0 ? 120 : checks(x, y); });
  EXPECT_DOUBLE_EQ(detail_ratio(truth, truth, hole), 1);
  EXPECT_LT(detail_ratio(blurred, truth, hole), 0.01);
  EXPECT_GT(detail_ratio(truth, blurred, hole), 100);
}

TEST(DetailRatio, IsOneForTwoFlatAreas) {
  const Image flat = painted([](int, int) { return 77; });
  EXPECT_DOUBLE_EQ(detail_ratio(flat, flat, centre_hole()), 1);
}

TEST(SeamRatio, IsOneWhereTheTextureGoesOn) {
  EXPECT_NEAR(seam_ratio(painted(checks), centre_hole()), 1, 1e-9);
}

TEST(SeamRatio, GrowsWithAStepAtTheEdge) {
  const Mask hole = centre_hole();
  const Image stepped =
      painted([&](int x, int y) { return hole.at(x, y) != 0 ? 140 : 100 + x % 2; });
  EXPECT_GT(seam_ratio(stepped, hole), 10);
}

}  // namespace
}  // namespace pawfect
