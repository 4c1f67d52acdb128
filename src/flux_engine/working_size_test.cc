#include "flux_engine/working_size.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace pawfect {
namespace {

TEST(ChooseWorkingSize, StaysWithinTheLimitsForEveryOrdinaryWindow) {
  const SizePolicy policy;
  for (int width = 16; width < 6000; width += 97) {
    for (int height = 16; height < 6000; height += 89) {
      const WorkingSize size = choose_working_size(width, height, policy);
      ASSERT_EQ(size.width % 16, 0);
      ASSERT_EQ(size.height % 16, 0);
      ASSERT_LE(std::max(size.width, size.height), policy.largest);
      const double shape = double(std::max(width, height)) / std::min(width, height);
      if (shape <= 2) {
        ASSERT_GE(std::min(size.width, size.height), policy.smallest) << width << "x" << height;
      }
      const double across = double(size.width) / width, down = double(size.height) / height;
      if (shape <= 4) {
        ASSERT_LT(std::abs(std::log(across / down)), 0.07) << width << "x" << height;
      }
    }
  }
}

TEST(ChooseWorkingSize, SpendsMoreTokensOnlyOnWindowsThatNeedThem) {
  const SizePolicy policy;
  EXPECT_EQ(choose_working_size(200, 200, policy), (WorkingSize{512, 512}));
  EXPECT_EQ(choose_working_size(626, 626, policy), (WorkingSize{512, 512}));
  EXPECT_EQ(choose_working_size(1280, 1280, policy), (WorkingSize{640, 640}));
  EXPECT_EQ(choose_working_size(4000, 4000, policy), (WorkingSize{1024, 1024}));
  EXPECT_EQ(choose_working_size(4000, 2000, policy), (WorkingSize{1024, 512}));
}

TEST(ChooseWorkingSize, FollowsANarrowWindowBelowTheSmallestSide) {
  EXPECT_EQ(choose_working_size(4096, 512, {}), (WorkingSize{1024, 128}));
}

TEST(ChooseWorkingSize, TakesAFixedSizeWhenBothLimitsAreThatSize) {
  EXPECT_EQ(choose_working_size(900, 900, {.smallest = 256, .largest = 256}),
            (WorkingSize{256, 256}));
}

}  // namespace
}  // namespace pawfect
