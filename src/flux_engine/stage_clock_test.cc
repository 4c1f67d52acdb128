#include "flux_engine/stage_clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace pawfect {
namespace {

using Heard = std::vector<std::pair<std::string, double>>;

class StageClockTest : public testing::Test {
 protected:
  std::stop_source stop_;
  Heard heard_;
  JobControl outer_ = {
      [this](std::string_view stage, double fraction) { heard_.emplace_back(stage, fraction); },
      stop_.get_token()};
};

std::vector<std::string> names_of(const std::vector<StageTime>& stages) {
  std::vector<std::string> names;
  for (const StageTime& stage : stages) names.push_back(stage.name);
  return names;
}

TEST_F(StageClockTest, MakesOneFractionOfAllStagesThatEndsAtOne) {
  StageClock clock(outer_);
  const JobControl control = clock.control();
  for (const char* stage : {"text", "load", "encode", "steps", "decode"}) {
    for (const double fraction : {0.0, 0.5, 1.0}) control.report(stage, fraction);
  }
  ASSERT_EQ(heard_.size(), 15u);
  EXPECT_EQ(heard_.front(), (std::pair<std::string, double>("text", 0.0)));
  EXPECT_EQ(heard_.back(), (std::pair<std::string, double>("decode", 1.0)));
  for (std::size_t i = 1; i < heard_.size(); ++i) {
    EXPECT_GE(heard_[i].second, heard_[i - 1].second) << i;
  }
  // Half of the steps is about half of the work.
  EXPECT_EQ(heard_[10].first, "steps");
  EXPECT_NEAR(heard_[10].second, 0.5, 0.1);
}

TEST_F(StageClockTest, NeverFallsWhenStagesComeAgain) {
  StageClock clock(outer_);
  const JobControl control = clock.control();
  control.report("steps", 1);
  control.report("decode", 0.5);
  const double before = heard_.back().second;
  control.report("encode", 0);
  control.report("steps", 0);
  EXPECT_EQ(heard_.back(), (std::pair<std::string, double>("steps", before)));
  EXPECT_EQ(names_of(clock.finish()), (std::vector<std::string>{"steps", "decode", "encode"}));
}

TEST_F(StageClockTest, PassesOnStagesThatItHasNoShareFor) {
  StageClock clock(outer_);
  const JobControl control = clock.control();
  control.report("scale", 0);
  control.report("steps", 0.5);
  control.report("scale", 1);
  ASSERT_EQ(heard_.size(), 3u);
  EXPECT_EQ(heard_[0], (std::pair<std::string, double>("scale", 0.0)));
  EXPECT_EQ(heard_[2], (std::pair<std::string, double>("scale", heard_[1].second)));
}

TEST_F(StageClockTest, BooksTheTimeOfEachStageAndAddsUpWhatComesAgain) {
  using std::chrono::milliseconds;
  StageClock clock(outer_);
  const JobControl control = clock.control();
  for (int round = 0; round < 2; ++round) {
    control.report("encode", 0);
    std::this_thread::sleep_for(milliseconds(20));
    control.report("steps", 0);
    std::this_thread::sleep_for(milliseconds(1));
  }
  const auto stages = clock.finish();
  ASSERT_EQ(names_of(stages), (std::vector<std::string>{"encode", "steps"}));
  EXPECT_GE(stages[0].seconds, 0.04);
  EXPECT_GE(stages[1].seconds, 0.002);
}

TEST_F(StageClockTest, EndsTheLastStageOnce) {
  StageClock clock(outer_);
  EXPECT_TRUE(clock.finish().empty());
  clock.control().report("decode", 1);
  const double once = clock.finish().front().seconds;
  EXPECT_EQ(clock.finish().front().seconds, once);
}

TEST_F(StageClockTest, HandsThroughTheWishToStop) {
  StageClock clock(outer_);
  const JobControl control = clock.control();
  EXPECT_FALSE(control.is_cancelled());
  stop_.request_stop();
  EXPECT_TRUE(control.is_cancelled());
}

TEST(StageClockAlone, NeedsNobodyWhoListens) {
  const JobControl outer;
  StageClock clock(outer);
  clock.control().report("steps", 0.5);
  EXPECT_EQ(names_of(clock.finish()), (std::vector<std::string>{"steps"}));
}

}  // namespace
}  // namespace pawfect
