#include "mask/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mask/grow.h"
#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using shapes::levels_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Image photo_of(int width, int height) { return Image(width, height, 3, SampleDepth::k8); }

PreparedMask prepared(const Mask& mask, const Image& photo, const MaskOptions& options = {}) {
  Result<PreparedMask> result = prepare_mask(levels_of(mask), photo, options);
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : PreparedMask{};
}

TEST(PrepareMask, ACleanMaskIsTakenAsItIs) {
  const Mask mask = shapes::disc(200, 150, 100, 70, 25);
  const PreparedMask made = prepared(mask, photo_of(200, 150));
  EXPECT_EQ(made.input, mask);
  EXPECT_EQ(made.generate, grow_mask(mask, 8));
  EXPECT_EQ(made.composite, soften_edge(made.generate, 6));
  EXPECT_EQ(made.box, (PixelRect{67, 37, 67, 67}));
  EXPECT_THAT(made.notices, IsEmpty());
  EXPECT_EQ(made.statistics.parts, 1);
  EXPECT_EQ(made.statistics.mask_px, shapes::count_set(mask));
  EXPECT_DOUBLE_EQ(made.statistics.cover, double(shapes::count_set(mask)) / 30000);
}

TEST(PrepareMask, TheDefaultGrowthFollowsThePhotosSize) {
  const auto grow_at = [](int width, int height) {
    return prepared(shapes::disc(width, height, width / 2, height / 2, 12), photo_of(width, height))
        .statistics.grow_px;
  };
  EXPECT_EQ(grow_at(100, 80), 8);
  EXPECT_EQ(grow_at(1000, 1000), 8);
  EXPECT_EQ(grow_at(2500, 2000), 10);
  EXPECT_EQ(grow_at(4000, 3000), 12);
  EXPECT_EQ(grow_at(6000, 4000), 12);
}

TEST(PrepareMask, GrowZeroPastesTheMaskHard) {
  const Mask mask = shapes::disc(80, 80, 40, 40, 15);
  const PreparedMask made = prepared(mask, photo_of(80, 80), {.grow_px = 0});
  EXPECT_EQ(made.generate, mask);
  EXPECT_EQ(made.composite, mask);
  EXPECT_EQ(made.statistics.blend_px, 0);
}

TEST(PrepareMask, ABlendWiderThanTheGrowthIsLoweredAndSaidSo) {
  const Mask mask = shapes::disc(80, 80, 40, 40, 15);
  const PreparedMask made = prepared(mask, photo_of(80, 80), {.grow_px = 3, .blend_px = 10});
  EXPECT_EQ(made.statistics.blend_px, 3);
  EXPECT_THAT(made.notices, ElementsAre(HasSubstr("--blend: 10 was lowered to 3")));
  EXPECT_THAT(prepared(mask, photo_of(80, 80), {.grow_px = 3}).notices, IsEmpty());
}

TEST(PrepareMask, BlendZeroIsAHardEdgeOnTheGrownMask) {
  const Mask mask = shapes::disc(80, 80, 40, 40, 15);
  const PreparedMask made = prepared(mask, photo_of(80, 80), {.blend_px = 0});
  EXPECT_EQ(made.composite, made.generate);
}

TEST(PrepareMask, AMaskOfAnotherSizeIsScaledWithANotice) {
  const Mask small = shapes::disc(100, 75, 50, 37, 15);
  const PreparedMask made = prepared(small, photo_of(400, 300));
  EXPECT_EQ(made.input.rect(), (PixelRect{0, 0, 400, 300}));
  EXPECT_NEAR(made.statistics.cover, double(shapes::count_set(small)) / 7500, 0.005);
  EXPECT_EQ(made.statistics.given_width, 100);
  EXPECT_THAT(made.notices, ElementsAre("mask: 100x75 was scaled to the photo's 400x300"));
}

TEST(PrepareMask, ProportionsThatDifferAreSaidAloud) {
  const Mask turned = shapes::disc(75, 100, 37, 50, 15);
  EXPECT_THAT(prepared(turned, photo_of(400, 300)).notices,
              ElementsAre(HasSubstr("proportions differ")));
}

TEST(PrepareMask, FaintPixelsThatStayInThePhotoAreSaidAloud) {
  Mask mask = shapes::disc(200, 150, 60, 70, 20);
  shapes::add_rect(mask, {150, 100, 10, 10}, 50);
  const PreparedMask made = prepared(mask, photo_of(200, 150));
  EXPECT_EQ(made.statistics.faint_px, 100);
  EXPECT_EQ(made.statistics.faint_left_px, 100);
  EXPECT_EQ(made.statistics.brightest_faint, 50);
  EXPECT_THAT(made.notices, ElementsAre(HasSubstr("100 faint pixels")));
}

TEST(PrepareMask, TheFaintRimOfASoftBrushIsNoNews) {
  Mask mask = shapes::disc(200, 150, 60, 70, 22, 30);
  shapes::add_disc(mask, 60, 70, 20);
  const PreparedMask made = prepared(mask, photo_of(200, 150));
  EXPECT_GT(made.statistics.faint_px, 0);
  EXPECT_EQ(made.statistics.faint_left_px, 0);
  EXPECT_THAT(made.notices, IsEmpty());
}

TEST(PrepareMask, GrowZeroLeavesPinholesAsDrawn) {
  Mask mask = shapes::disc(200, 150, 60, 70, 20);
  mask.at(60, 70) = 0;
  const PreparedMask made = prepared(mask, photo_of(200, 150), {.grow_px = 0});
  EXPECT_EQ(made.generate, mask);
  EXPECT_EQ(made.composite, mask);
}

TEST(PrepareMask, SpecksAreDroppedAndPinholesFilled) {
  Mask mask = shapes::disc(200, 150, 60, 70, 20);
  mask.at(60, 70) = 0;
  mask.at(61, 70) = 0;
  mask.at(150, 20) = 255;
  const PreparedMask made = prepared(mask, photo_of(200, 150));
  EXPECT_EQ(made.input, shapes::disc(200, 150, 60, 70, 20));
  EXPECT_EQ(made.statistics.specks_dropped, 1);
  EXPECT_EQ(made.statistics.pinholes_filled, 1);
  EXPECT_EQ(made.statistics.pinhole_px, 2);
  EXPECT_THAT(made.notices,
              ElementsAre("mask: 1 speck of fewer than 9 pixels each dropped, 1 pixel in all"));
}

TEST(PrepareMask, TheInsideOfABigRingIsNotFilled) {
  Mask ring = shapes::disc(200, 200, 100, 100, 50);
  shapes::add_disc(ring, 100, 100, 46, 0);
  const PreparedMask made = prepared(ring, photo_of(200, 200));
  EXPECT_EQ(made.input, ring);
  EXPECT_EQ(made.generate.at(100, 100), 0);
}

TEST(PrepareMask, AThinScratchSurvivesWhole) {
  Mask scratch(300, 200);
  shapes::add_line(scratch, 10, 20, 280, 150, 0);
  EXPECT_EQ(prepared(scratch, photo_of(300, 200)).input, scratch);
}

TEST(PrepareMask, InvertReadsBlackAsFill) {
  const Mask mask = shapes::disc(80, 80, 40, 40, 15);
  Mask inverted = mask;
  for (std::uint8_t& pixel : inverted.pixels) pixel = std::uint8_t(255 - pixel);
  EXPECT_EQ(prepared(inverted, photo_of(80, 80), {.invert = true}).input, mask);
}

TEST(PrepareMask, OptionsOutOfRangeAreUsageErrors) {
  const Image levels = levels_of(shapes::disc(80, 80, 40, 40, 15));
  const auto code = [&](const MaskOptions& options) {
    return prepare_mask(levels, photo_of(80, 80), options).error().code;
  };
  EXPECT_EQ(code({.grow_px = -1}), ErrorCode::kUsage);
  EXPECT_EQ(code({.grow_px = kMaxGrowPx + 1}), ErrorCode::kUsage);
  EXPECT_EQ(code({.blend_px = kMaxBlendPx + 1}), ErrorCode::kUsage);
  EXPECT_EQ(code({.max_cover = 0}), ErrorCode::kUsage);
  EXPECT_EQ(code({.max_cover = 1.5}), ErrorCode::kUsage);
  EXPECT_EQ(code({.high = 50, .low = 60}), ErrorCode::kUsage);
}

TEST(PrepareMask, LevelsThatAreNotGreyAreABug) {
  EXPECT_EQ(prepare_mask(photo_of(10, 10), photo_of(10, 10), {}).error().code, ErrorCode::kBug);
}

}  // namespace
}  // namespace pawfect
