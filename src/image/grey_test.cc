// Levels of mask files.

#include "image/grey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/test_files.h"

namespace pawfect {
namespace {

using ::testing::ElementsAre;
using testing::png_file;

ByteVector levels(ByteSpan file) {
  const auto grey = load_grey_bytes(file, "mask.png", {});
  EXPECT_TRUE(grey) << grey.error().message;
  if (!grey) return {};
  EXPECT_EQ(grey->channels, 1);
  EXPECT_EQ(grey->depth, SampleDepth::k8);
  return grey->bytes;
}

TEST(LoadGrey, RoundsSixteenBitsToEight) {
  // 128 / 257 = 0.498, 129 / 257 = 0.502, 65407 / 257 = 254.502
  const ByteVector rows = {0, 0, 0, 128, 0, 129, 0xFF, 0x7F, 0xFF, 0xFF};
  EXPECT_THAT(levels(png_file(5, 1, 16, 0, rows)), ElementsAre(0, 0, 1, 255, 255));
}

TEST(LoadGrey, WeighsColours) {
  const ByteVector rows = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
  EXPECT_THAT(levels(png_file(4, 1, 8, 2, rows)), ElementsAre(54, 182, 18, 255));
}

TEST(LoadGrey, TakesTransparentAsZero) {
  const ByteVector rows = {255, 0, 255, 128, 255, 255, 100, 255};
  EXPECT_THAT(levels(png_file(4, 1, 8, 4, rows)), ElementsAre(0, 128, 255, 100));
}

TEST(LoadGrey, ExpandsOneBitAndPalette) {
  EXPECT_THAT(levels(png_file(3, 1, 1, 0, ByteVector{0b01000000})), ElementsAre(0, 255, 0));
  const ByteVector palette = {255, 255, 255, 0, 0, 0};
  EXPECT_THAT(levels(png_file(3, 1, 1, 3, ByteVector{0b01000000}, {{"PLTE", palette}})),
              ElementsAre(255, 0, 255));
}

TEST(LoadGrey, ReadsEveryDepthAndChannelCountOfWhiteAsWhite) {
  for (int channels = 1; channels <= 4; ++channels) {
    for (const SampleDepth depth : {SampleDepth::k8, SampleDepth::k16}) {
      Image white(2, 2, channels, depth);
      std::fill(white.bytes.begin(), white.bytes.end(), 255);
      EXPECT_THAT(grey_levels(white).bytes, ElementsAre(255, 255, 255, 255));
      EXPECT_THAT(grey_levels(Image(1, 1, channels, depth)).bytes, ElementsAre(0));
    }
  }
}

TEST(LoadGrey, DoesNotApplyAPremultipliedAlphaTwice) {
  auto entries = testing::tiff_entries(1, 1, 8, 4, 2);
  entries.push_back(testing::shorts(338, {1}));
  EXPECT_THAT(levels(testing::tiff_file(entries, ByteVector{128, 128, 128, 128})),
              ElementsAre(128));
}

}  // namespace
}  // namespace pawfect
