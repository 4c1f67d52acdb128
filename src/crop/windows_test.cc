#include "crop/windows.h"

#include <gtest/gtest.h>

#include <limits>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using shapes::add_rect;

TEST(PlanWindows, NoHolesNoWindows) { EXPECT_TRUE(plan_windows(Mask(50, 50), {}).places.empty()); }

TEST(PlanWindows, HolesThatAreNearShareAWindow) {
  Mask mask(1000, 400);
  add_rect(mask, {100, 100, 20, 20});
  add_rect(mask, {150, 100, 20, 20});  // 30 px on: both reach 16
  add_rect(mask, {800, 100, 20, 20});
  const WindowPlan plan = plan_windows(mask, {});
  ASSERT_EQ(plan.places.size(), 2u);
  EXPECT_EQ(plan.places[0].hole_box, (PixelRect{100, 100, 70, 20}));
  EXPECT_EQ(plan.places[0].hole_pixels, 800);
  EXPECT_EQ(plan.places[1].hole_box, (PixelRect{800, 100, 20, 20}));
}

TEST(PlanWindows, HolesThatAreFarApartDoNot) {
  Mask mask(1000, 400);
  add_rect(mask, {100, 100, 20, 20});
  add_rect(mask, {152, 100, 20, 20});  // 32 px on: they only touch
  EXPECT_EQ(plan_windows(mask, {}).places.size(), 2u);
}

TEST(PlanWindows, LargeHolesReachFurther) {
  Mask mask(1000, 1000);
  add_rect(mask, {100, 100, 200, 200});  // reaches 0.35 * 200 = 70
  add_rect(mask, {380, 200, 10, 10});    // 80 px on, reaches 16
  EXPECT_EQ(plan_windows(mask, {}).places.size(), 1u);
}

TEST(PlanWindows, WhatAClusterSwallowsCanMakeItMeetMore) {
  // The left and the middle hole meet; only their common box meets the one above.
  Mask mask(600, 600);
  add_rect(mask, {100, 300, 20, 20});
  add_rect(mask, {140, 300, 20, 20});
  add_rect(mask, {125, 270, 10, 5});
  add_rect(mask, {130, 232, 10, 10});
  EXPECT_EQ(plan_windows(mask, {}).places.size(), 1u);
}

TEST(PlanWindows, ContextFollowsTheHoleAndHasAFloor) {
  Mask mask(2000, 2000);
  add_rect(mask, {900, 900, 200, 200});
  EXPECT_EQ(plan_windows(mask, {}).places.at(0).rect, (PixelRect{740, 740, 520, 520}));

  Mask small(2000, 2000);
  add_rect(small, {900, 900, 10, 10});
  EXPECT_EQ(plan_windows(small, {}).places.at(0).rect, (PixelRect{836, 836, 138, 138}));
}

TEST(PlanWindows, AWindowIsAtLeastOneAndAHalfTimesTheHole) {
  Mask mask(4000, 100);
  add_rect(mask, {1000, 50, 1000, 1});
  const WindowPolicy narrow{.join_factor = 0, .join_min = 1, .context_factor = 0, .context_min = 3};
  const WindowPlace place = plan_windows(mask, narrow).places.at(0);
  EXPECT_GE(place.rect.width, 1500);
  EXPECT_EQ(place.rect.height, 7);
}

TEST(PlanWindows, AtABorderTheWindowIsShiftedInwards) {
  Mask mask(1000, 800);
  add_rect(mask, {0, 780, 20, 20});
  EXPECT_EQ(plan_windows(mask, {}).places.at(0).rect, (PixelRect{0, 652, 148, 148}));
}

TEST(PlanWindows, ASmallPhotoIsTheWindow) {
  Mask mask(60, 40);
  add_rect(mask, {20, 10, 20, 20});
  EXPECT_EQ(plan_windows(mask, {}).places.at(0).rect, (PixelRect{0, 0, 60, 40}));
}

TEST(BuildWindow, OtherHolesInSightAreUnusable) {
  Mask mask(400, 400);
  add_rect(mask, {100, 100, 20, 20});
  add_rect(mask, {160, 100, 20, 20});
  const WindowPlan plan = plan_windows(mask, {});
  ASSERT_EQ(plan.places.size(), 2u);
  const Window window = build_window(plan, 0);
  EXPECT_EQ(shapes::count_set(window.hole), 400);
  EXPECT_EQ(shapes::count_set(window.unusable), 400);
  EXPECT_EQ(window.hole.at(100 - window.rect.x, 100 - window.rect.y), 255);
  EXPECT_EQ(window.unusable.at(160 - window.rect.x, 100 - window.rect.y), 255);
}

TEST(WindowMemory, CountsTwoMasksAndTwoPictures) {
  EXPECT_EQ(window_memory({0, 0, 100, 10}, 3), 8000);
  EXPECT_EQ(
      window_memory({0, 0, std::numeric_limits<int>::max(), std::numeric_limits<int>::max()}, 8),
      std::nullopt);
}

TEST(PlanWindowsProperty, EveryHolePixelBelongsToExactlyOneWindow) {
  std::mt19937 random(31);
  for (int round = 0; round < 200; ++round) {
    const auto below = [&](int limit) { return int(random() % unsigned(limit)); };
    const int width = below(6) == 0 ? 1 : 1 + below(300);
    const int height = below(6) == 0 ? 1 : 1 + below(200);
    const Mask mask = shapes::random_mask(width, height, random);
    const WindowPolicy policy{.join_factor = below(3) * 0.2,
                              .join_min = below(20),
                              .context_factor = below(5) * 0.25,
                              .context_min = below(30)};
    const WindowPlan plan = plan_windows(mask, policy);
    std::vector<int> owners(mask.pixels.size(), 0);
    for (std::size_t i = 0; i < plan.places.size(); ++i) {
      const Window window = build_window(plan, i);
      const PixelRect& rect = window.rect;
      ASSERT_EQ(intersection(rect, mask.rect()), rect) << "leaves the photo";
      ASSERT_EQ(intersection(rect, window.hole_box), window.hole_box) << "leaves its hole";
      ASSERT_GE(rect.width, std::min(width, window.hole_box.width * 3 / 2));
      ASSERT_GE(rect.height, std::min(height, window.hole_box.height * 3 / 2));
      ASSERT_EQ(shapes::count_set(window.hole), window.hole_pixels);
      for (int y = 0; y < rect.height; ++y) {
        for (int x = 0; x < rect.width; ++x) {
          const std::size_t at = std::size_t(rect.y + y) * width + rect.x + x;
          const bool is_own = window.hole.at(x, y) != 0;
          const bool is_others = window.unusable.at(x, y) != 0;
          ASSERT_FALSE(is_own && is_others);
          ASSERT_EQ(is_own || is_others, mask.pixels[at] != 0);
          owners[at] += is_own;
        }
      }
    }
    for (std::size_t i = 0; i < owners.size(); ++i) ASSERT_EQ(owners[i], mask.pixels[i] ? 1 : 0);
  }
}

}  // namespace
}  // namespace pawfect
