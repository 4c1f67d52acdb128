// The rules of waiting for labels, which are the reason for half of this room: two retry paths that
// each seemed bounded were not, together.
#include <gtest/gtest.h>

#include "jobs/job_policy.h"
#include "jobs/test_jobs.h"

namespace pawfect {
namespace {

constexpr Milliseconds kDay{86'400'000};

class LabelWaitTest : public testing::Test, public fakes::PolicyFixture {
 protected:
  Milliseconds wait() { return std::get<WaitForLabels>(take(LabelState::kMissing)).delay; }
  PromptPlan plan(LabelState labels = LabelState::kMissing) {
    return std::get<Start>(take(labels)).prompt;
  }
};

TEST_F(LabelWaitTest, WaitsThreeTimesAndThenTakesACaption) {
  for (const int seconds : {3, 10, 30}) {
    const Milliseconds delay = wait();
    EXPECT_EQ(delay, Milliseconds(seconds * 1000));
    EXPECT_EQ(record.state, JobState::kWaitingForLabels);
    clock.advance(delay);
  }
  EXPECT_EQ(plan(), PromptPlan::kCaptionThenEmpty);
  EXPECT_EQ(record.label_requeues, 3);
}

TEST_F(LabelWaitTest, CostsNoAttempt) {
  while (record.state != JobState::kRunning) {
    EXPECT_EQ(record.attempts_used, 0);
    EXPECT_EQ(record.last_attempt, 0);
    take(LabelState::kMissing);
    clock.advance(record.delay);
  }
  EXPECT_EQ(record.attempts_used, 1);
}

TEST_F(LabelWaitTest, DoesNotHappenWithoutALabelerOrWithAGivenPrompt) {
  JobRecord other = record;
  EXPECT_EQ(plan(LabelState::kNoLabeler), PromptPlan::kCaptionThenEmpty);
  record = other;
  EXPECT_EQ(plan(LabelState::kPromptGiven), PromptPlan::kGiven);
}

TEST_F(LabelWaitTest, EndsAtTheDeadlineAndNeverReachesBeyondIt) {
  clock.advance(Milliseconds(88'500));
  EXPECT_EQ(wait(), Milliseconds(1'500));
  EXPECT_EQ(record.not_before, record.message.label_deadline);
  clock.advance(Milliseconds(1'500));
  EXPECT_EQ(plan(), PromptPlan::kCaptionThenEmpty);
}

TEST_F(LabelWaitTest, IsNotWorthARequeueForLessThanASecond) {
  clock.advance(Milliseconds(89'001));
  EXPECT_EQ(plan(), PromptPlan::kCaptionThenEmpty);
}

TEST_F(LabelWaitTest, EndsWhenThePayloadHasCountedEnough) {
  TakeRequest worn = request(LabelState::kMissing);
  worn.message.label_attempt = 3;
  EXPECT_TRUE(std::holds_alternative<Start>(policy.on_take(record, worn).value()));
}

TEST_F(LabelWaitTest, EndsWhenTheRecordHasCountedEnoughThoughThePayloadCameBackUnchanged) {
  const TakeRequest unchanged = request(LabelState::kMissing);
  int waits = 0;
  while (record.state != JobState::kRunning) {
    policy.on_take(record, unchanged).value();
    clock.advance(record.delay);
    ASSERT_LE(++waits, 4);
  }
  EXPECT_EQ(record.label_requeues, 3);
}

TEST_F(LabelWaitTest, EndsAtTheEarlierDeadlineOfPayloadAndRecord) {
  TakeRequest early = request(LabelState::kMissing);
  early.message.label_deadline = clock.wall();
  JobRecord other = record;
  EXPECT_TRUE(std::holds_alternative<Start>(policy.on_take(other, early).value()));
  TakeRequest generous = request(LabelState::kMissing);
  generous.message.label_deadline += kDay;
  clock.advance(Milliseconds(90'000));
  EXPECT_TRUE(std::holds_alternative<Start>(policy.on_take(record, generous).value()));
}

TEST_F(LabelWaitTest, IsNotProlongedByAClockThatIsSetBack) {
  limits.most_label_requeues = 50;
  Milliseconds waited{0};
  while (record.state != JobState::kRunning) {
    clock.jump_wall(-kDay);
    if (take(LabelState::kMissing).index() != 1) break;  // WaitForLabels
    waited += record.delay;
    clock.advance(record.delay);
  }
  EXPECT_EQ(record.state, JobState::kRunning);
  EXPECT_EQ(waited, Milliseconds(90'000));
}

TEST_F(LabelWaitTest, IsOverWhenTheClockIsSetForward) {
  clock.jump_wall(kDay);
  EXPECT_EQ(plan(), PromptPlan::kCaptionThenEmpty);
}

TEST_F(LabelWaitTest, IsNotCountedTwiceForAMessageThatComesEarly) {
  wait();
  const JobRecord before = record;
  clock.advance(Milliseconds(1'000));
  EXPECT_EQ(std::get<LookAgain>(take(LabelState::kMissing)).delay, Milliseconds(2'000));
  EXPECT_EQ(record, before);
}

TEST_F(LabelWaitTest, EndsAtOnceWhenLabelsCome) {
  wait();
  EXPECT_EQ(policy.on_labels(record), LabelAnswer::kWakeUp);
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_EQ(plan(LabelState::kThere), PromptPlan::kLabels);
}

TEST_F(LabelWaitTest, EndsAtOnceWhenLabelsLieInTheSessionThoughNobodySaidSo) {
  wait();
  EXPECT_EQ(plan(LabelState::kThere), PromptPlan::kLabels);
}

TEST_F(LabelWaitTest, HasNothingToDoWithABackOff) {
  policy.on_failure(record, start(), Retry::kWorthwhile, "x");
  EXPECT_EQ(std::get<LookAgain>(take(LabelState::kThere)).delay, Milliseconds(5'000));
}

TEST_F(LabelWaitTest, KeepsLateLabelsAsEvidenceInEveryStateAndChangesNothingElse) {
  const auto only_evidence = [&](JobRecord job) {
    JobRecord before = job;
    EXPECT_EQ(policy.on_labels(job), LabelAnswer::kLate);
    EXPECT_EQ(job.history.back().what, Happened::kLabelledLate);
    EXPECT_EQ(policy.on_labels(job), LabelAnswer::kKnown);
    before.labels = LabelArrival::kLate;
    before.version = job.version;
    before.history = job.history;
    EXPECT_EQ(job, before);
  };
  JobRecord cancelled = record;
  policy.on_cancel(cancelled);
  only_evidence(cancelled);

  EXPECT_EQ(plan(LabelState::kNoLabeler), PromptPlan::kCaptionThenEmpty);
  only_evidence(record);

  JobRecord dead = record;
  policy.on_failure(dead, 1, Retry::kPointless, "x");
  only_evidence(dead);
  JobRecord requeued = record;
  policy.on_failure(requeued, 1, Retry::kWorthwhile, "x");
  only_evidence(requeued);
  policy.on_success(record, 1, {"results/a", PromptSource::kCaption});
  only_evidence(record);
}

}  // namespace
}  // namespace pawfect
