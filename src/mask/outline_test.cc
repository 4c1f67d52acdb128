#include "mask/outline.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using Colour = std::array<int, 3>;

constexpr Colour kMagenta{255, 0, 255};
constexpr Colour kCyan{0, 255, 255};

Colour colour_at(const Image& picture, int x, int y) {
  const auto row = picture.row<std::uint8_t>(y);
  return {row[3 * x], row[3 * x + 1], row[3 * x + 2]};
}

Image flat_photo(int channels, SampleDepth depth, std::uint8_t byte) {
  Image photo(120, 100, channels, depth);
  std::ranges::fill(photo.bytes, byte);
  return photo;
}

PreparedMask prepare(const Image& photo, const MaskOptions& options = {}) {
  Mask mask(120, 100);
  shapes::add_rect(mask, {40, 30, 40, 40});
  return *prepare_mask(shapes::levels_of(mask), photo, options);
}

TEST(DrawOverlay, OutlinesTheInputAndTheGrownMaskInTheirColours) {
  const Image photo = flat_photo(3, SampleDepth::k8, 128);
  const Image overlay = draw_overlay(photo, prepare(photo));
  EXPECT_EQ(colour_at(overlay, 40, 50), kMagenta);
  EXPECT_EQ(colour_at(overlay, 79, 50), kMagenta);
  EXPECT_EQ(colour_at(overlay, 32, 50), kCyan);
  EXPECT_EQ(colour_at(overlay, 87, 50), kCyan);
}

TEST(DrawOverlay, LeavesThePhotoAsItIsOutside) {
  const Image photo = flat_photo(3, SampleDepth::k8, 128);
  const Image overlay = draw_overlay(photo, prepare(photo));
  EXPECT_EQ(colour_at(overlay, 10, 10), (Colour{128, 128, 128}));
  EXPECT_EQ(colour_at(overlay, 30, 50), (Colour{128, 128, 128}));
}

TEST(DrawOverlay, TintsTheInsideAndTheBandDifferently) {
  const Image photo = flat_photo(3, SampleDepth::k8, 128);
  const Image overlay = draw_overlay(photo, prepare(photo));
  const Colour inside = colour_at(overlay, 60, 50);
  EXPECT_GT(inside[0], inside[1]);
  EXPECT_GT(inside[2], inside[1]);
  const Colour band = colour_at(overlay, 34, 50);
  EXPECT_GT(band[0], band[2]);
  EXPECT_GT(band[1], band[2]);
}

TEST(DrawOverlay, EveryOutlineStandsOutOnAnyGrey) {
  for (const int grey : {0, 60, 128, 200, 255}) {
    const Image photo = flat_photo(3, SampleDepth::k8, std::uint8_t(grey));
    const Image overlay = draw_overlay(photo, prepare(photo));
    for (const int x : {32, 40}) {
      int contrast = 0;  // of the line or its black side against what is beside it
      for (const int at : {x - 1, x}) {
        const Colour colour = colour_at(overlay, at, 50);
        int difference = 0;
        for (const int value : colour) difference = std::max(difference, std::abs(value - grey));
        contrast = std::max(contrast, difference);
      }
      EXPECT_GE(contrast, 100) << "column " << x << " on grey " << grey;
    }
  }
}

TEST(DrawOverlay, TakesGreyAlphaAndSixteenBits) {
  for (const int channels : {1, 2, 3, 4}) {
    for (const SampleDepth depth : {SampleDepth::k8, SampleDepth::k16}) {
      const Image photo = flat_photo(channels, depth, 255);
      const Image overlay = draw_overlay(photo, prepare(photo));
      EXPECT_EQ(overlay.channels, 3);
      EXPECT_EQ(overlay.depth, SampleDepth::k8);
      EXPECT_EQ(colour_at(overlay, 10, 10), (Colour{255, 255, 255}));
      EXPECT_EQ(colour_at(overlay, 40, 50), kMagenta);
    }
  }
}

TEST(DrawOverlay, ATransparentPhotoShowsAChequerboard) {
  const Image photo = flat_photo(4, SampleDepth::k8, 0);
  const Image overlay = draw_overlay(photo, prepare(photo));
  EXPECT_NE(colour_at(overlay, 0, 0), colour_at(overlay, 8, 0));
}

TEST(DrawOverlay, WorksWithoutGrowth) {
  const Image photo = flat_photo(3, SampleDepth::k8, 128);
  const Image overlay = draw_overlay(photo, prepare(photo, {.grow_px = 0}));
  EXPECT_EQ(colour_at(overlay, 40, 50), kMagenta);
  EXPECT_EQ(colour_at(overlay, 38, 50), (Colour{128, 128, 128}));
}

}  // namespace
}  // namespace pawfect
