#include "worker/sweeper.h"

#include <gtest/gtest.h>

#include "base/fake_clock.h"
#include "worker/test_service.h"

namespace pawfect {
namespace {

// Its clock stands still; the board follows on its own thread, so what it knows is waited for.
struct ASweeper : ::testing::Test, fakes::TestService {
  fakes::FakeClock time;
  ServiceContext at{time, metrics, log};
  JobPolicy rules{time, config.jobs.limits, [] { return 0.5; }};
  Sweeper sweeper{stores, *board, config.jobs.limits, at};

  // A record without a message in the queue.
  JobId accept(char digit) {
    JobMessage message = fakes::job_message();
    message.job = fakes::job_id(digit);
    const JobRecord record = rules.accept(message);
    EXPECT_TRUE(records.create(record).value());
    sees(message.job);
    return message.job;
  }
  void change(const JobId& job, const std::function<void(JobRecord&)>& change) {
    EXPECT_TRUE(records.change(job, change));
    sees(job);
  }
  void take(const JobId& job) {
    change(job, [&](JobRecord& now) {
      static_cast<void>(rules.on_take(now, {"gone", present_message(now), LabelState::kNoLabeler}));
    });
  }
  void sees(const JobId& job) {
    EXPECT_TRUE(fakes::soon([&] {
      const auto known = board->find(job);
      return known && known->record->version == record(job).version;
    }));
  }
};

TEST_F(ASweeper, ALeaseThatRanOutIsEndedAndTheJobQueuedAgain) {
  const JobId job = accept('a');
  take(job);
  sweeper.sweep();
  time.advance(config.jobs.limits.shortest_lease - Milliseconds(1));
  sweeper.sweep();
  EXPECT_EQ(record(job).state, JobState::kRunning);
  time.advance(Milliseconds(1));
  sweeper.sweep();
  EXPECT_EQ(record(job).state, JobState::kQueued);
  EXPECT_EQ(real_queue->length().value(), 1);
}

TEST_F(ASweeper, AnExtendedLeaseIsLeftAlone) {
  const JobId job = accept('a');
  take(job);
  sweeper.sweep();
  time.advance(config.jobs.limits.shortest_lease);
  // The board does not know yet that it was extended.
  EXPECT_TRUE(records.change(
      job, [&](JobRecord& now) { rules.on_progress(now, 1, {"steps", 0.5, Milliseconds(0)}); }));
  sweeper.sweep();
  EXPECT_EQ(record(job).state, JobState::kRunning);
}

TEST_F(ASweeper, ALostMessageIsSentAgainAfterLongerAndLongerTimes) {
  const JobId job = accept('a');
  sweeper.sweep();
  time.advance(config.jobs.limits.lost_message);
  sweeper.sweep();
  EXPECT_EQ(real_queue->length().value(), 1);
  EXPECT_EQ(record(job).resends, 1);
  sees(job);
  sweeper.sweep();
  time.advance(config.jobs.limits.lost_message);
  sweeper.sweep();
  EXPECT_EQ(record(job).resends, 1) << "the second time takes twice as long";
  time.advance(config.jobs.limits.lost_message);
  sweeper.sweep();
  EXPECT_EQ(record(job).resends, 2);
}

TEST_F(ASweeper, TheFifthLostLeaseIsTheLastAndItsLetterIsSent) {
  const JobId job = accept('a');
  for (int attempt = 1; attempt <= config.jobs.limits.most_attempts; ++attempt) {
    time.advance(Milliseconds(1'000));
    take(job);
    sweeper.sweep();
    time.advance(config.jobs.limits.shortest_lease);
    sweeper.sweep();
    sees(job);
  }
  EXPECT_EQ(record(job).state, JobState::kDead);
  EXPECT_FALSE(record(job).owes_letter);
  EXPECT_EQ(real_queue->letters(10)->size(), 1u);
}

TEST_F(ASweeper, AnOwedLetterIsSentOnce) {
  const JobId job = accept('a');
  take(job);
  queue.trouble.is_down = true;
  change(job, [&](JobRecord& now) { rules.on_failure(now, 1, Retry::kPointless, "damaged"); });
  sweeper.sweep();
  EXPECT_TRUE(record(job).owes_letter);
  queue.trouble.is_down = false;
  sweeper.sweep();
  EXPECT_FALSE(record(job).owes_letter);
  sees(job);
  sweeper.sweep();
  EXPECT_EQ(real_queue->letters(10)->size(), 1u);
}

TEST_F(ASweeper, AMessageThatCouldNotBePutCountsAsLostLater) {
  const JobId job = accept('a');
  take(job);
  sweeper.sweep();
  time.advance(config.jobs.limits.shortest_lease);
  queue.trouble.is_down = true;
  sweeper.sweep();
  EXPECT_EQ(record(job).state, JobState::kQueued);
  EXPECT_EQ(real_queue->length().value(), 0);
  queue.trouble.is_down = false;
  sees(job);
  sweeper.sweep();
  time.advance(config.jobs.limits.lost_message + Milliseconds(1'000));
  sweeper.sweep();
  EXPECT_EQ(real_queue->length().value(), 1);
}

TEST_F(ASweeper, TwoSweepersDoNotDoubleAnything) {
  const JobId job = accept('a');
  take(job);
  Sweeper other{stores, *board, config.jobs.limits, at};
  sweeper.sweep();
  other.sweep();
  time.advance(config.jobs.limits.shortest_lease);
  sweeper.sweep();
  other.sweep();
  EXPECT_EQ(record(job).attempts_used, 1);
  EXPECT_EQ(real_queue->length().value(), 1);
}

TEST_F(ASweeper, ItsThreadSweepsUntilItEnds) {
  const JobId job = accept('a');
  take(job);
  config.jobs.limits.shortest_lease = Milliseconds(1);
  change(job, [&](JobRecord& now) { now.lease->length = Milliseconds(1), ++now.version; });
  const SweepThread thread(stores, *board, config.jobs.limits, context, Milliseconds(5));
  EXPECT_TRUE(becomes(job, JobState::kQueued));
}

}  // namespace
}  // namespace pawfect
