#include "base/random_id.h"

#include <gtest/gtest.h>

#include <set>

#include "base/utc_text.h"

namespace pawfect {
namespace {

TEST(RandomId, Is32HexadecimalDigitsAndNeverTheSame) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_id();
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(RandomFraction, LiesBetweenZeroAndOneAndIsSpread) {
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = random_fraction();
    ASSERT_GE(fraction, 0);
    ASSERT_LT(fraction, 1);
    sum += fraction;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.05);  // 17 standard errors
}

TEST(UtcText, IsTheTimeInGreenwich) {
  EXPECT_EQ(utc_text(wall_time(1'700'000'000'999)), "2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace pawfect
