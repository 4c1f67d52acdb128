#include "jobs/job_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "jobs/test_jobs.h"

namespace pawfect {
namespace {

using fakes::job_message;
using fakes::PolicyFixture;
using testing::HasSubstr;

constexpr Milliseconds kDay{86'400'000};

class JobPolicyTest : public testing::Test, public PolicyFixture {
 protected:
  void TearDown() override { EXPECT_TRUE(is_consistent(record)); }
};

// What the last entry of the history says.
std::string last_entry(const JobRecord& record) {
  const HistoryEntry& entry = record.history.back();
  return std::string(happened_name(entry.what)) + ": " + entry.detail;
}

TEST_F(JobPolicyTest, SetsTheTimesOfANewJobWhateverTheMessageSays) {
  JobMessage message = job_message();
  message.enqueued_at = wall_time(5);
  message.attempt = 3;
  const JobRecord accepted = policy.accept(message);
  EXPECT_EQ(accepted.message.enqueued_at, clock.wall());
  EXPECT_EQ(accepted.message.label_deadline, clock.wall() + Milliseconds(90'000));
  EXPECT_EQ(accepted.message.attempt, 0);
  EXPECT_EQ(accepted.state, JobState::kQueued);
}

TEST_F(JobPolicyTest, RunsAJobFromTheQueueToItsResult) {
  const auto begun = std::get<Start>(take());
  EXPECT_EQ(begun.attempt, 1);
  EXPECT_EQ(begun.lease, Milliseconds(120'000));
  EXPECT_EQ(begun.prompt, PromptPlan::kLabels);
  EXPECT_EQ(record.state, JobState::kRunning);
  EXPECT_EQ(policy.on_success(record, 1, {"results/a", PromptSource::kLabels}),
            SuccessAnswer::kCommitted);
  EXPECT_EQ(record.state, JobState::kDone);
  EXPECT_EQ(record.result, "results/a");
  EXPECT_EQ(record.prompt, PromptSource::kLabels);
  EXPECT_EQ(last_entry(record), "done: prompt from labels");
}

TEST_F(JobPolicyTest, RefusesTheMessageOfAnotherJob) {
  TakeRequest other = request();
  other.message.job = fakes::job_id('b');
  const JobRecord before = record;
  EXPECT_EQ(policy.on_take(record, other).error().code, ErrorCode::kBug);
  EXPECT_EQ(record, before);
}

TEST_F(JobPolicyTest, LetsOnlyOneOfTwoDeliveriesStart) {
  start();
  const JobRecord before = record;
  EXPECT_EQ(std::get<LookAgain>(take()).delay, Milliseconds(30'000));
  EXPECT_EQ(record, before);
}

TEST_F(JobPolicyTest, DropsAMessageWhoseJobHasEnded) {
  policy.on_success(record, start(), {"results/a", PromptSource::kLabels});
  const JobRecord before = record;
  EXPECT_TRUE(std::holds_alternative<Drop>(take()));
  EXPECT_EQ(record, before);
}

TEST_F(JobPolicyTest, AnswersASuccessThatIsReportedTwiceTheSameWay) {
  const int attempt = start();
  policy.on_success(record, attempt, {"results/a", PromptSource::kLabels});
  const JobRecord before = record;
  EXPECT_EQ(policy.on_success(record, attempt, {"results/b", PromptSource::kEmpty}),
            SuccessAnswer::kAlreadyCommitted);
  EXPECT_EQ(record, before);
}

TEST_F(JobPolicyTest, RefusesALateAttemptWhileTheNextOneRunsAndAfterItsEnd) {
  const int late = start();
  EXPECT_EQ(policy.on_lease_expired(record), FailureAnswer::kRequeued);
  EXPECT_EQ(policy.on_success(record, late, {"results/late", {}}), SuccessAnswer::kRefused);
  clock.advance(record.delay);
  const int next = start();
  EXPECT_EQ(next, late + 1);
  EXPECT_EQ(policy.on_success(record, late, {"results/late", {}}), SuccessAnswer::kRefused);
  EXPECT_EQ(policy.on_failure(record, late, Retry::kPointless, "x"), FailureAnswer::kIgnored);
  EXPECT_EQ(policy.on_release(record, late), FailureAnswer::kIgnored);
  EXPECT_EQ(policy.on_progress(record, late, {"fill", 0.5}), ProgressAnswer::kStop);
  EXPECT_EQ(policy.on_success(record, next, {"results/next", {}}), SuccessAnswer::kCommitted);
  EXPECT_EQ(policy.on_success(record, late, {"results/late", {}}), SuccessAnswer::kRefused);
  EXPECT_EQ(record.result, "results/next");
}

TEST_F(JobPolicyTest, TakesAResultAsLongAsNobodyEndedTheLease) {
  const int attempt = start();
  clock.advance(kDay);
  EXPECT_EQ(policy.on_success(record, attempt, {"results/a", {}}), SuccessAnswer::kCommitted);
}

TEST_F(JobPolicyTest, WaitsLongerAfterEveryFailureAndBuriesTheJobAfterTheFifth) {
  for (const int seconds : {5, 15, 45, 120}) {
    EXPECT_EQ(fail_once(), FailureAnswer::kRequeued);
    EXPECT_EQ(record.delay, Milliseconds(seconds * 1000));
    EXPECT_EQ(record.state, JobState::kQueued);
  }
  EXPECT_FALSE(record.owes_letter);
  EXPECT_EQ(fail_once(), FailureAnswer::kDied);
  EXPECT_EQ(record.state, JobState::kDead);
  EXPECT_TRUE(record.owes_letter);
  const DeadLetter letter = dead_letter(record);
  EXPECT_EQ(letter.reason, "engine: out of memory");
  EXPECT_EQ(letter.message.attempt, 5);
  EXPECT_EQ(letter.message.image, record.message.image);
  EXPECT_EQ(letter.history.size(), 12u);  // accepted, five times started and failed, died
  EXPECT_EQ(last_entry(record), "died: attempt 5 of 5");
  policy.on_letter_sent(record);
  EXPECT_FALSE(record.owes_letter);
}

TEST_F(JobPolicyTest, SpreadsTheBackOffByAFifthEitherWay) {
  random = 0;
  fail_once();
  EXPECT_EQ(record.delay, Milliseconds(4'000));
  random = 1;
  fail_once();
  EXPECT_EQ(record.delay, Milliseconds(18'000));
}

TEST_F(JobPolicyTest, BuriesAJobAtOnceWhenAnotherAttemptWouldNotHelp) {
  EXPECT_EQ(policy.on_failure(record, start(), Retry::kPointless, "photo.jpg: damaged"),
            FailureAnswer::kDied);
  EXPECT_EQ(record.reason, "photo.jpg: damaged");
  EXPECT_EQ(last_entry(record), "died: another attempt would not help");
}

TEST_F(JobPolicyTest, DoesNotLetASecondMessageShortenTheBackOff) {
  policy.on_failure(record, start(), Retry::kWorthwhile, "x");
  clock.advance(Milliseconds(2'000));
  const JobRecord before = record;
  EXPECT_EQ(std::get<LookAgain>(take()).delay, Milliseconds(3'000));
  EXPECT_EQ(record, before);
  clock.advance(Milliseconds(3'000));
  EXPECT_EQ(start(), 2);
}

TEST_F(JobPolicyTest, DoesNotWaitADayWhenTheClockIsSetBackADay) {
  policy.on_failure(record, start(), Retry::kWorthwhile, "x");
  clock.jump_wall(-kDay);
  EXPECT_EQ(start(), 2);
}

TEST_F(JobPolicyTest, EndsALeaseThatRanOutWhenTheMessageComesAgain) {
  start();
  TakeRequest again = request();
  again.lease = Leased::kRanOut;
  EXPECT_EQ(std::get<LookAgain>(policy.on_take(record, again).value()).delay, Milliseconds(5'000));
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_EQ(record.reason, "worker-1 made no progress for 120000 ms in stage ''");
}

TEST_F(JobPolicyTest, CountsCrashesAsAttemptsAndDropsTheMessageAfterTheFifth) {
  for (int i = 0; i < 4; ++i) fail_once();
  start();
  TakeRequest again = request();
  again.lease = Leased::kRanOut;
  EXPECT_TRUE(std::holds_alternative<Drop>(policy.on_take(record, again).value()));
  EXPECT_EQ(record.state, JobState::kDead);
  EXPECT_TRUE(record.owes_letter);
}

TEST_F(JobPolicyTest, IgnoresALeaseThatRunsOutWhenNobodyRunsTheJob) {
  const JobRecord before = record;
  EXPECT_EQ(policy.on_lease_expired(record), FailureAnswer::kIgnored);
  EXPECT_EQ(record, before);
}

TEST_F(JobPolicyTest, ExtendsTheLeaseByProgressOnly) {
  const int attempt = start();
  EXPECT_EQ(policy.on_progress(record, attempt, {"fill", 0.25}), ProgressAnswer::kExtended);
  const JobRecord before = record;
  EXPECT_EQ(policy.on_progress(record, attempt, {"fill", 0.25}), ProgressAnswer::kNoProgress);
  EXPECT_EQ(policy.on_progress(record, attempt, {"fill", 0.2}), ProgressAnswer::kNoProgress);
  EXPECT_EQ(record, before);
  EXPECT_EQ(policy.on_progress(record, attempt, {"fill", 0.3}), ProgressAnswer::kExtended);
  EXPECT_EQ(policy.on_progress(record, attempt, {"paste", 0}), ProgressAnswer::kExtended);
  EXPECT_EQ(record.version, before.version + 2);
}

TEST_F(JobPolicyTest, KeepsProgressWithinItsRangeWhateverAnEngineReports) {
  const int attempt = start();
  policy.on_progress(record, attempt, {"fill", std::nan("")});
  EXPECT_EQ(record.lease->fraction, 0);
  policy.on_progress(record, attempt, {"fill", 7});
  EXPECT_EQ(record.lease->fraction, 1);
  policy.on_progress(record, attempt, {std::string(1'000, 'x'), -1});
  EXPECT_EQ(record.lease->fraction, 0);
  EXPECT_EQ(record.lease->stage.size(), 300u);
}

TEST_F(JobPolicyTest, MakesTheLeaseTwiceTheSlowestStep) {
  TakeRequest slow = request();
  slow.slowest_step = Milliseconds(200'000);
  EXPECT_EQ(std::get<Start>(policy.on_take(record, slow).value()).lease, Milliseconds(400'000));
  policy.on_progress(record, 1, {"fill", 0.1, Milliseconds(300'000)});
  EXPECT_EQ(record.lease->length, Milliseconds(600'000));
  policy.on_progress(record, 1, {"fill", 0.2, Milliseconds(10'000)});
  EXPECT_EQ(record.lease->length, Milliseconds(600'000));
  policy.on_progress(record, 1, {"fill", 0.3, kDay});
  EXPECT_EQ(record.lease->length, limits.longest_lease);
}

TEST_F(JobPolicyTest, TakesAReleasedJobUpAtOnceAndCountsNoAttempt) {
  const int attempt = start();
  EXPECT_EQ(policy.on_release(record, attempt), FailureAnswer::kRequeued);
  EXPECT_EQ(record.attempts_used, 0);
  EXPECT_EQ(start(), attempt + 1);
  EXPECT_EQ(policy.on_success(record, attempt, {"results/late", {}}), SuccessAnswer::kRefused);
}

TEST_F(JobPolicyTest, CountsReleasesAsAttemptsWhenThereAreTooMany) {
  for (int i = 0; i < limits.most_releases; ++i) policy.on_release(record, start());
  EXPECT_EQ(record.attempts_used, 0);
  for (int i = 0; i < limits.most_attempts; ++i) {
    EXPECT_EQ(record.attempts_used, i);
    policy.on_release(record, start());
    clock.advance(record.delay);
  }
  EXPECT_EQ(record.state, JobState::kDead);
  EXPECT_EQ(record.reason, "21 workers stopped while they ran it");
}

TEST_F(JobPolicyTest, CancelsAJobInAnyStateThatIsNoEnd) {
  JobRecord queued = record;
  JobRecord waiting = record;
  policy.on_take(waiting, request(LabelState::kMissing)).value();
  EXPECT_EQ(waiting.state, JobState::kWaitingForLabels);
  const int attempt = start();
  for (JobRecord* job : {&queued, &waiting, &record}) {
    EXPECT_EQ(policy.on_cancel(*job), CancelAnswer::kCancelled);
    EXPECT_EQ(job->state, JobState::kCancelled);
    EXPECT_TRUE(std::holds_alternative<Drop>(policy.on_take(*job, request()).value()));
  }
  EXPECT_EQ(policy.on_progress(record, attempt, {"fill", 0.5}), ProgressAnswer::kStop);
  EXPECT_EQ(policy.on_success(record, attempt, {"results/a", {}}), SuccessAnswer::kRefused);
  EXPECT_EQ(policy.on_failure(record, attempt, Retry::kWorthwhile, "x"), FailureAnswer::kIgnored);
  EXPECT_EQ(policy.on_lease_expired(record), FailureAnswer::kIgnored);
  EXPECT_EQ(policy.on_cancel(record), CancelAnswer::kEndedBefore);
}

TEST_F(JobPolicyTest, DoesNotCancelWhatIsDoneOrDead) {
  JobRecord dead = record;
  policy.on_take(dead, request()).value();
  policy.on_failure(dead, 1, Retry::kPointless, "x");
  policy.on_success(record, start(), {"results/a", {}});
  for (JobRecord* job : {&dead, &record}) {
    const JobRecord before = *job;
    EXPECT_EQ(policy.on_cancel(*job), CancelAnswer::kEndedBefore);
    EXPECT_EQ(*job, before);
  }
}

TEST_F(JobPolicyTest, ReplaysADeadJobWithNewAttemptsAndItsHistory) {
  while (record.state != JobState::kDead) fail_once();
  const std::size_t entries = record.history.size();
  ASSERT_TRUE(policy.on_replay(record));
  EXPECT_FALSE(record.owes_letter);
  EXPECT_EQ(present_message(record).attempt, 0);
  EXPECT_EQ(record.history.size(), entries + 1);
  EXPECT_EQ(start(), 6);
  EXPECT_EQ(policy.on_success(record, 5, {"results/late", {}}), SuccessAnswer::kRefused);
  EXPECT_EQ(policy.on_success(record, 6, {"results/a", {}}), SuccessAnswer::kCommitted);
  EXPECT_EQ(policy.on_replay(record).error().message,
            "job aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is done; only dead jobs can be replayed");
}

TEST_F(JobPolicyTest, KeepsTheHistoryBoundedWithItsBeginningAndItsEnd) {
  limits.most_history = 8;
  for (int life = 0; life < 3; ++life) {
    while (record.state != JobState::kDead) fail_once();
    ASSERT_TRUE(policy.on_replay(record));
  }
  EXPECT_EQ(record.history.size(), 8u);
  EXPECT_EQ(record.history.front().what, Happened::kAccepted);
  EXPECT_EQ(record.history.back().what, Happened::kReplayed);
  EXPECT_EQ(record.history_dropped, 1 + 3 * 12 - 8);
  policy.on_failure(record, start(), Retry::kWorthwhile, std::string(1'000, 'x'));
  EXPECT_EQ(record.reason.size(), 300u);
  EXPECT_EQ(record.history.back().detail.size(), 300u);
}

}  // namespace
}  // namespace pawfect
