#include "mask/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Image kPhoto(100, 100, 3, SampleDepth::k8);

// What prepare_mask says about a mask that is to be rejected.
std::string rejection(const Mask& mask, const MaskOptions& options = {}) {
  const Result<PreparedMask> prepared = prepare_mask(shapes::levels_of(mask), kPhoto, options);
  EXPECT_FALSE(prepared);
  if (prepared) return "accepted";
  EXPECT_EQ(prepared.error().code, ErrorCode::kMaskRejected);
  EXPECT_THAT(prepared.error().message, Not(HasSubstr("\n")));
  return prepared.error().message;
}

TEST(JudgeMask, ABlackMaskHasNothingToFill) {
  EXPECT_THAT(rejection(Mask(100, 100)), HasSubstr("every pixel is black"));
}

TEST(JudgeMask, AFaintMaskIsToldHowFaintItIs) {
  Mask faint(100, 100);
  shapes::add_rect(faint, {10, 10, 20, 20}, 100);
  EXPECT_THAT(rejection(faint),
              AllOf(HasSubstr("400 faint"), HasSubstr("strongest has 100"), HasSubstr("128")));
}

TEST(JudgeMask, AWhiteMaskLeavesNothing) {
  EXPECT_THAT(rejection(Mask(100, 100, 255)), HasSubstr("whole photo"));
}

TEST(JudgeMask, AWhiteMaskTurnedRoundIsABlackOne) {
  const MaskOptions inverted{.invert = true};
  EXPECT_THAT(rejection(Mask(100, 100, 255), inverted),
              AllOf(HasSubstr("every pixel is white"), HasSubstr("--invert")));
}

TEST(JudgeMask, CoverageIsLimitedAndTheLimitCanBeMoved) {
  Mask mask(100, 100);
  shapes::add_rect(mask, {0, 0, 100, 41});
  EXPECT_THAT(rejection(mask), AllOf(HasSubstr("41.0 %"), HasSubstr("40.0 %")));
  EXPECT_TRUE(prepare_mask(shapes::levels_of(mask), kPhoto, {.max_cover = 0.41}));

  Mask at_the_limit(100, 100);
  shapes::add_rect(at_the_limit, {0, 0, 100, 40});
  EXPECT_TRUE(prepare_mask(shapes::levels_of(at_the_limit), kPhoto, {}));
}

TEST(JudgeMask, CoverageIsJudgedBeforeGrowth) {
  Mask mask(100, 100);
  shapes::add_rect(mask, {0, 0, 100, 40});
  EXPECT_TRUE(prepare_mask(shapes::levels_of(mask), kPhoto, {.grow_px = 30}));
}

TEST(JudgeMask, TheLargestPartMustBeLargeEnough) {
  Mask mask(100, 100);
  shapes::add_rect(mask, {10, 10, 7, 7});
  shapes::add_rect(mask, {50, 10, 6, 6});
  EXPECT_THAT(rejection(mask), AllOf(HasSubstr("49 pixels"), HasSubstr("50")));
  EXPECT_TRUE(prepare_mask(shapes::levels_of(mask), kPhoto, {.min_component_px = 49}));
  mask.at(17, 10) = 255;
  EXPECT_TRUE(prepare_mask(shapes::levels_of(mask), kPhoto, {}));
}

TEST(JudgeMask, NothingButSpecksIsCalledThat) {
  Mask mask(100, 100);
  for (int i = 0; i < 5; ++i) shapes::add_rect(mask, {20 * i, 20 * i, 2, 2});
  EXPECT_THAT(rejection(mask), HasSubstr("5 specks of fewer than 9 pixels, a part of at least 50"));
  EXPECT_TRUE(prepare_mask(shapes::levels_of(mask), kPhoto, {.min_component_px = 4}));
}

TEST(JudgeMask, ThousandsOfPartsAreNoise) {
  const Image photo(2000, 1000, 3, SampleDepth::k8);
  Mask mask(2000, 1000);
  for (int y = 0; y < 1000; y += 8) {
    for (int x = 0; x < 2000; x += 8) shapes::add_rect(mask, {x, y, 3, 3});
  }
  shapes::add_rect(mask, {500, 500, 20, 20});
  const auto prepared = prepare_mask(shapes::levels_of(mask), photo, {});
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().message, HasSubstr("separate parts"));
}

TEST(JudgeMask, DitheringIsNoise) {
  const Image photo(4096, 1000, 3, SampleDepth::k8);
  Mask mask(4096, 1000);
  for (std::size_t i = 0; i < mask.pixels.size(); i += 2) mask.pixels[i] = 255;
  const auto prepared = prepare_mask(shapes::levels_of(mask), photo, {});
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::kMaskRejected);
  EXPECT_THAT(prepared.error().message, HasSubstr("noise"));
}

TEST(JudgeMask, AGrowthThatSwallowsThePhotoIsRejected) {
  Mask mask(100, 100);
  shapes::add_rect(mask, {40, 40, 20, 20});
  EXPECT_THAT(rejection(mask, {.grow_px = 80}), HasSubstr("--grow"));
}

}  // namespace
}  // namespace pawfect
