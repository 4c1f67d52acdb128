#include "worker/live_teller.h"

#include <gtest/gtest.h>

#include "base/fake_clock.h"
#include "jobs/test_jobs.h"
#include "store/test_folder.h"
#include "worker/fake_stores.h"

namespace pawfect {
namespace {

struct ALiveTeller : ::testing::Test {
  fakes::TestFolder folder;
  std::unique_ptr<SqliteSessionStore> real = SqliteSessionStore::open(folder.path()).value();
  fakes::FlakySessions store{*real};
  fakes::FakeClock clock;
  LiveTeller teller{store, clock, fakes::job_id('a'), 3, 20};

  std::optional<LiveProgress> told() {
    const auto document = real->read(Kind::kProgress, fakes::job_id('a').text()).value();
    return document ? parse_live_progress(document->text) : std::nullopt;
  }
};

TEST_F(ALiveTeller, SaysNothingBeforeThereIsNews) {
  teller.tell();
  EXPECT_EQ(told(), std::nullopt);
}

TEST_F(ALiveTeller, TellsAtMostFourTimesASecondAndTheLastOneAlways) {
  teller.reached("steps", 0);
  teller.tell();
  EXPECT_EQ(told()->fraction, 0);
  clock.advance(Milliseconds(100));
  teller.reached("steps", 0.5);
  teller.tell();
  EXPECT_EQ(told()->fraction, 0) << "too soon";
  clock.advance(Milliseconds(150));
  teller.tell();
  EXPECT_EQ(told()->fraction, 0.5);
}

TEST_F(ALiveTeller, TellsStepAndTimeLeft) {
  teller.reached("steps", 0.5);
  clock.advance(Milliseconds(10'000));
  teller.tell();
  const auto progress = told();
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->attempt, 3);
  EXPECT_EQ(progress->stage, "steps");
  EXPECT_EQ(progress->step, 10);
  EXPECT_EQ(progress->steps, 20);
  EXPECT_NEAR(progress->whole, 0.505, 0.001);
  ASSERT_TRUE(progress->left);
  EXPECT_NEAR(double(progress->left->count()), 9'800, 100);
}

TEST_F(ALiveTeller, AStoreThatIsAwayIsLeftAloneForAWhile) {
  store.trouble.is_down = true;
  teller.reached("load", 0);
  teller.tell();
  store.trouble.is_down = false;
  clock.advance(Milliseconds(1'000));
  teller.reached("mask", 0);
  teller.tell();
  EXPECT_EQ(told(), std::nullopt);
  clock.advance(Milliseconds(5'000));
  teller.tell();
  EXPECT_EQ(told()->stage, "mask");
}

TEST(WholeProgress, RisesAlongTheLineOfAJob) {
  double before = -1;
  for (const auto& [stage, fraction] : {std::pair{"fetch", 0.0},
                                        {"engine", 0.0},
                                        {"load", 0.5},
                                        {"mask", 0.5},
                                        {"text", 0.0},
                                        {"steps", 0.5},
                                        {"decode", 1.0},
                                        {"save", 0.5},
                                        {"store", 0.5},
                                        {"store", 1.0}}) {
    const double whole = whole_progress(stage, fraction);
    EXPECT_GT(whole, before) << stage;
    before = whole;
  }
  EXPECT_EQ(before, 1);
}

}  // namespace
}  // namespace pawfect
