#include "mask/threshold.h"

#include <gtest/gtest.h>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

Image row_of(std::vector<std::uint8_t> levels) {
  Image image(int(levels.size()), 1, 1, SampleDepth::k8);
  image.bytes = std::move(levels);
  return image;
}

std::vector<std::uint8_t> threshold(const Image& levels) {
  return threshold_levels(levels, 128, 64).value_or(Mask{}).pixels;
}

TEST(ThresholdLevels, NearlyBlackNeverCountsAndNotQuiteWhiteDoes) {
  EXPECT_EQ(threshold(row_of({0, 12, 40, 0, 128, 0, 200, 0, 255})),
            (std::vector<std::uint8_t>{0, 0, 0, 0, 255, 0, 255, 0, 255}));
}

TEST(ThresholdLevels, GreyCountsOnlyWhereItIsConnectedToWhite) {
  EXPECT_EQ(threshold(row_of({100, 70, 130, 90, 64, 63, 0, 100, 127})),
            (std::vector<std::uint8_t>{255, 255, 255, 255, 255, 0, 0, 0, 0}));
}

TEST(ThresholdLevels, GreyIsAlsoConnectedAcrossACorner) {
  Image levels(2, 2, 1, SampleDepth::k8);
  levels.bytes = {255, 0, 0, 80};
  EXPECT_EQ(threshold(levels), (std::vector<std::uint8_t>{255, 0, 0, 255}));
}

TEST(ThresholdLevels, GivesUpOnNoiseBeforeItTakesMuchMemory) {
  Image noise(4096, 1000, 1, SampleDepth::k8);
  for (std::size_t i = 0; i < noise.bytes.size(); i += 2) noise.bytes[i] = 255;
  EXPECT_FALSE(threshold_levels(noise, 128, 64));
}

TEST(CountFaint, CountsWhatIsAboveBlackAndNotInTheMask) {
  const Image levels = row_of({0, 12, 40, 0, 128, 90, 0, 70});
  const Mask mask = threshold_levels(levels, 128, 64).value_or(Mask(8, 1, 255));
  const FaintPixels faint = count_faint(levels, mask, 128);
  EXPECT_EQ(faint.count, 3);  // 12, 40 and the lonely 70
  EXPECT_EQ(faint.brightest, 70);
}

}  // namespace
}  // namespace pawfect
