#include "store/live_progress.h"

#include <gtest/gtest.h>

namespace pawfect {
namespace {

TEST(LiveProgress, ReadsBackAsItself) {
  const LiveProgress whole{2, "denoise", 0.25, 0.2, 5, 20, Milliseconds(900)};
  EXPECT_EQ(parse_live_progress(to_text(whole)), whole);
  const LiveProgress bare{1, "load", 0, 0};
  EXPECT_EQ(parse_live_progress(to_text(bare)), bare);
}

TEST(LiveProgress, IsNotMadeOfAnythingElse) {
  EXPECT_FALSE(parse_live_progress(""));
  EXPECT_FALSE(parse_live_progress("[]"));
  EXPECT_FALSE(parse_live_progress(R"({"attempt":0,"stage":"x","fraction":0,"whole":0})"));
  EXPECT_FALSE(parse_live_progress(R"({"attempt":1,"stage":"x","fraction":2,"whole":0})"));
  EXPECT_FALSE(
      parse_live_progress(R"({"attempt":1,"stage":"x","fraction":0,"whole":0,"step":"1"})"));
}

}  // namespace
}  // namespace pawfect
