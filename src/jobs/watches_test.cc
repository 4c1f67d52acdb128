#include <gtest/gtest.h>

#include "jobs/record_watch.h"
#include "jobs/run_watch.h"
#include "jobs/test_jobs.h"

namespace pawfect {
namespace {

constexpr Milliseconds kDay{86'400'000};
constexpr Milliseconds kLease{120'000};

class RecordWatchTest : public testing::Test, public fakes::PolicyFixture {
 protected:
  RecordWatch watch{clock, limits};
};

TEST_F(RecordWatchTest, SeesALeaseRunOutThatNobodyExtends) {
  start();
  EXPECT_EQ(watch.look(record), Look::kFine);
  clock.advance(kLease - Milliseconds(1));
  EXPECT_EQ(watch.look(record), Look::kFine);
  clock.advance(Milliseconds(1));
  EXPECT_EQ(watch.look(record), Look::kLeaseRanOut);
}

TEST_F(RecordWatchTest, CountsAnewAfterProgress) {
  start();
  watch.look(record);
  clock.advance(kLease - Milliseconds(1));
  policy.on_progress(record, 1, {"fill", 0.1});
  EXPECT_EQ(watch.look(record), Look::kFine);
  clock.advance(kLease - Milliseconds(1));
  EXPECT_EQ(watch.look(record), Look::kFine);
}

TEST_F(RecordWatchTest, DoesNotHeedTheWallClock) {
  start();
  watch.look(record);
  clock.jump_wall(kDay);
  EXPECT_EQ(watch.look(record), Look::kFine);
  clock.jump_wall(-2 * kDay);
  clock.advance(kLease);
  EXPECT_EQ(watch.look(record), Look::kLeaseRanOut);
}

TEST_F(RecordWatchTest, CountsFromItsFirstLookAfterARestart) {
  start();
  watch.look(record);
  clock.advance(kLease);
  clock.restart();
  RecordWatch other(clock, limits);
  EXPECT_EQ(other.look(record), Look::kFine);
  clock.advance(kLease);
  EXPECT_EQ(other.look(record), Look::kLeaseRanOut);
}

TEST_F(RecordWatchTest, AsksForALostMessageAMinuteAfterItsTimeAndThenLessAndLessOften) {
  policy.on_failure(record, start(), Retry::kWorthwhile, "x");
  for (const int minutes : {1, 2, 4, 8, 16, 16}) {
    const Milliseconds patience = record.delay + Milliseconds(minutes * 60'000);
    EXPECT_EQ(watch.look(record), Look::kFine);
    clock.advance(patience - Milliseconds(1));
    EXPECT_EQ(watch.look(record), Look::kFine);
    clock.advance(Milliseconds(1));
    EXPECT_EQ(watch.look(record), Look::kMessageLost);
    policy.on_resend(record);
  }
  start();
  policy.on_failure(record, 2, Retry::kWorthwhile, "x");
  EXPECT_EQ(record.resends, 0);
}

TEST_F(RecordWatchTest, AsksForADeadLetterUntilItIsSent) {
  policy.on_failure(record, start(), Retry::kPointless, "x");
  EXPECT_EQ(watch.look(record), Look::kOwesLetter);
  EXPECT_EQ(watch.look(record), Look::kOwesLetter);
  policy.on_letter_sent(record);
  clock.advance(kDay);
  EXPECT_EQ(watch.look(record), Look::kFine);
}

class RunWatchTest : public testing::Test, public fakes::PolicyFixture {
 protected:
  RunWatch run{clock, limits, clock.monotonic(), kLease};
};

TEST_F(RunWatchTest, ExtendsAfterAThirdOfTheLeaseWhenThereWasProgress) {
  run.reached("fill", 0.1);
  EXPECT_EQ(run.look(), RunLook::kGoOn);
  clock.advance(kLease / 3);
  EXPECT_EQ(run.look(), RunLook::kExtend);
  EXPECT_EQ(run.progress().stage, "fill");
  run.extended(clock.monotonic(), kLease);
  clock.advance(kLease / 3);
  EXPECT_EQ(run.look(), RunLook::kGoOn);
  run.reached("fill", 0.2);
  EXPECT_EQ(run.look(), RunLook::kExtend);
}

TEST_F(RunWatchTest, CallsAThreadThatLivesWithoutProgressStalled) {
  run.reached("fill", 0.1);
  clock.advance(kLease / 3);
  run.extended(clock.monotonic(), kLease);
  for (int i = 0; i < 119; ++i) {
    clock.advance(Milliseconds(1'000));
    run.reached("fill", 0.1);
    run.reached("fill", 0.05);
    EXPECT_EQ(run.look(), RunLook::kGoOn);
  }
  clock.advance(Milliseconds(1'000));
  EXPECT_EQ(run.look(), RunLook::kStalled);
}

TEST_F(RunWatchTest, StopsNoLaterThanAnybodyElseSeesTheLeaseRunOut) {
  start();
  RecordWatch watch(clock, limits);
  watch.look(record);
  clock.advance(kLease - Milliseconds(1));
  EXPECT_EQ(run.look(), RunLook::kGoOn);
  EXPECT_EQ(watch.look(record), Look::kFine);
  clock.advance(Milliseconds(1));
  EXPECT_EQ(run.look(), RunLook::kStalled);
}

TEST_F(RunWatchTest, TellsTheSlowestStep) {
  clock.advance(Milliseconds(4'000));
  run.reached("fill", 0.1);
  clock.advance(Milliseconds(9'000));
  run.reached("fill", 0.2);
  clock.advance(Milliseconds(2'000));
  run.reached("fill", 0.3);
  EXPECT_EQ(run.progress().slowest_step, Milliseconds(9'000));
}

TEST_F(RunWatchTest, CountsProgressThatCameWhileTheLastOneWasSent) {
  run.reached("fill", 0.1);
  clock.advance(kLease / 3);
  const MonotonicTime sent = clock.monotonic();
  clock.advance(Milliseconds(10));
  run.reached("fill", 0.2);
  run.extended(sent, kLease);
  clock.advance(kLease / 3);
  EXPECT_EQ(run.look(), RunLook::kExtend);
}

TEST_F(RunWatchTest, EndsAnAttemptThatRunsForEverThoughItMakesProgress) {
  const MonotonicTime begin = clock.monotonic();
  for (int step = 1; run.look() != RunLook::kOverTime; ++step) {
    run.reached("fill", step * 1e-6);
    run.extended(clock.monotonic(), kLease);
    clock.advance(Milliseconds(30'000));
    ASSERT_LE(clock.monotonic() - begin, limits.longest_run);
  }
  EXPECT_EQ(clock.monotonic() - begin, limits.longest_run);
}

}  // namespace
}  // namespace pawfect
