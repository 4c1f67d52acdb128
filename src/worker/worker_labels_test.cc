// How a worker waits for labels: in time, missing, late.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "worker/test_service.h"

namespace pawfect {
namespace {

struct AWorkerWithALabeler : ::testing::Test, fakes::TestService {
  AWorkerWithALabeler() { config.labeler.url = "http://127.0.0.1:1"; }
};

TEST_F(AWorkerWithALabeler, LabelsThatAreThereAreThePrompt) {
  label({{"grass", 0.9, 0.8}});
  const JobId job = add(std::nullopt);
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).prompt, PromptSource::kLabels);
  EXPECT_EQ(record(job).labels, LabelArrival::kInTime);
  EXPECT_EQ(record(job).label_requeues, 0);
  EXPECT_EQ(nlohmann::json::parse(report(job, 1)->text)["prompt"]["text"], "grass");
}

TEST_F(AWorkerWithALabeler, LabelsThatComeWhileItWaitsAreUsed) {
  config.jobs.limits.label_delays = {Milliseconds(600), Milliseconds(5'000), Milliseconds(5'000)};
  label({});
  const JobId job = add(std::nullopt);
  start();
  ASSERT_TRUE(becomes(job, JobState::kWaitingForLabels));
  label({{"sand", 0.8, 0.8}});
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).prompt, PromptSource::kLabels);
  EXPECT_EQ(record(job).attempts_used, 1) << "waiting costs no attempt";
  EXPECT_GE(record(job).label_requeues, 1);
}

TEST_F(AWorkerWithALabeler, WithoutLabelsItGoesOnAfterThreeWaits) {
  label({});
  const JobId job = add(std::nullopt);
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).label_requeues, 3);
  EXPECT_EQ(record(job).prompt, PromptSource::kEmpty);
  EXPECT_EQ(record(job).labels, LabelArrival::kNone);
}

TEST_F(AWorkerWithALabeler, NoWaitGoesBeyondTheDeadline) {
  config.jobs.limits.label_wait = Milliseconds(100);
  config.jobs.limits.label_delays = {Milliseconds(80), Milliseconds(10'000), Milliseconds(10'000)};
  label({});
  const JobId job = add(std::nullopt);
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_LE(record(job).label_waited, Milliseconds(100));
}

TEST_F(AWorkerWithALabeler, LabelsThatComeLaterAreKeptAndChangeNothing) {
  label({});
  const JobId job = add(std::nullopt);
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  label({{"grass", 0.9, 0.8}});
  LabelAnswer answer{};
  ASSERT_TRUE(records.change(job, [&](JobRecord& now) { answer = policy.on_labels(now); }));
  EXPECT_EQ(answer, LabelAnswer::kLate);
  ASSERT_TRUE(real_queue->put(record(job).message, Milliseconds(0), "again"));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(record(job).prompt, PromptSource::kEmpty);
  EXPECT_EQ(results(), 1u);
}

TEST_F(AWorkerWithALabeler, AGivenPromptWaitsForNobody) {
  const JobId job = add("sand");
  const JobId empty = add("");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  ASSERT_TRUE(becomes(empty, JobState::kDone));
  EXPECT_EQ(record(job).prompt, PromptSource::kGiven);
  EXPECT_EQ(record(empty).prompt, PromptSource::kGiven);
  EXPECT_EQ(record(empty).label_requeues, 0);
}

TEST_F(AWorkerWithALabeler, ASessionThatIsGoneIsNotWaitedFor) {
  const JobId job = add(std::nullopt);
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).label_requeues, 0);
}

TEST_F(AWorkerWithALabeler, AnUnsureLabelIsNoPrompt) {
  label({{"grass", 0.3, 0.8}});
  const JobId job = add(std::nullopt);
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).prompt, PromptSource::kEmpty);
}

}  // namespace
}  // namespace pawfect
