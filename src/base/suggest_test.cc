#include "base/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace pawfect {
namespace {

TEST(EditDistance, CountsLettersAndSwaps) {
  EXPECT_EQ(edit_distance("mask", "mask"), 0);
  EXPECT_EQ(edit_distance("", "mask"), 4);
  EXPECT_EQ(edit_distance("msak", "mask"), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
}

TEST(NearestWord, FindsTheOptionThatWasMeant) {
  const std::vector<std::string> options{"--mask", "--masks", "--image", "--overlay", "--out"};
  EXPECT_EQ(nearest_word("--msak", options), "--mask");
  EXPECT_EQ(nearest_word("--imge", options), "--image");
  EXPECT_EQ(nearest_word("--overl", options), "--overlay");
}

TEST(NearestWord, StaysSilentWhenNothingIsNear) {
  const std::vector<std::string> options{"--mask", "--image"};
  EXPECT_EQ(nearest_word("--telephone", options), "");
  EXPECT_EQ(nearest_word("x", options), "");
}

}  // namespace
}  // namespace pawfect
