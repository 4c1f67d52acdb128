#include "jobs/record_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "jobs/test_jobs.h"

namespace pawfect {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

class RecordJson : public testing::Test, public fakes::PolicyFixture {
 protected:
  void expect_round_trip() {
    const auto read = parse_job_record(to_text(record));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, record);
  }
  // What is said when one member of the running job's record is another.
  std::string refusal(const std::string& pointer, const Json& value) {
    Json json = Json::parse(to_text(record));
    json[Json::json_pointer(pointer)] = value;
    const auto read = parse_job_record(json.dump());
    return read ? "taken" : read.error().message;
  }
};

TEST_F(RecordJson, ReadsBackAsItselfInEveryState) {
  expect_round_trip();
  take(LabelState::kMissing);
  expect_round_trip();
  policy.on_labels(record);
  expect_round_trip();
  start();
  policy.on_progress(record, 1, {"fill", 0.1});
  expect_round_trip();
  JobRecord running = record;
  policy.on_failure(record, 1, Retry::kPointless, "photo.jpg: \"damaged\"\nö");
  expect_round_trip();
  ASSERT_TRUE(policy.on_replay(record));
  policy.on_resend(record);
  expect_round_trip();
  record = running;
  policy.on_cancel(record);
  expect_round_trip();
  record = running;
  policy.on_success(record, 1, {"results/a", PromptSource::kCaption});
  expect_round_trip();
}

TEST_F(RecordJson, StandsBytesThatAreNoText) {
  policy.on_failure(record, start(), Retry::kPointless, "\xFF.jpg: damaged");
  const auto read = parse_job_record(to_text(record));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->reason, "\xEF\xBF\xBD.jpg: damaged");
}

TEST_F(RecordJson, FitsItsBoundsWhenItIsAsFullAsItGets) {
  limits.most_attempts = 100;
  while (record.history_dropped == 0) {
    policy.on_failure(record, start(), Retry::kWorthwhile, std::string(1'000, '\x01'));
    clock.advance(record.delay);
  }
  expect_round_trip();
}

TEST_F(RecordJson, RefusesWhatNoPolicyWrote) {
  start();
  EXPECT_THAT(refusal("/v", 2), HasSubstr("job record: v: found 2"));
  EXPECT_THAT(refusal("/state", "paused"),
              HasSubstr("state: found \"paused\"; allowed: queued, waiting_for_labels, running"));
  EXPECT_THAT(refusal("/state", "queued"), HasSubstr("does not fit its lease"));
  EXPECT_THAT(refusal("/state", "done"), HasSubstr("does not fit"));
  EXPECT_THAT(refusal("/lease", nullptr), HasSubstr("does not fit"));
  EXPECT_THAT(refusal("/lease", 1), HasSubstr("lease: found 1; allowed: an object or null"));
  EXPECT_THAT(refusal("/lease/attempt", 2), HasSubstr("does not fit"));
  EXPECT_THAT(refusal("/lease/fraction", 1.5), HasSubstr("job record: lease: fraction: found 1.5"));
  EXPECT_THAT(refusal("/lastAttempt", 0), HasSubstr("does not fit"));
  EXPECT_THAT(refusal("/attemptsUsed", -1), HasSubstr("attemptsUsed: found -1"));
  EXPECT_THAT(refusal("/owesLetter", 1), HasSubstr("owesLetter: found 1; allowed: true, false"));
  EXPECT_THAT(refusal("/result", "../x"), HasSubstr("result: found \"../x\""));
  EXPECT_THAT(refusal("/history/0/what", "slept"), HasSubstr("history: what: found \"slept\""));
  EXPECT_THAT(refusal("/history/0", 1), HasSubstr("history: found 1"));
  EXPECT_THAT(refusal("/message/jobId", "x"), HasSubstr("job message: jobId"));
  EXPECT_THAT(parse_job_record("[]").error().message, HasSubstr("allowed is an object"));
}

TEST_F(RecordJson, WritesADeadLetterWithPayloadReasonAndHistory) {
  policy.on_failure(record, start(), Retry::kPointless, "photo.jpg: damaged");
  const Json letter = Json::parse(to_text(dead_letter(record)));
  EXPECT_EQ(letter["message"]["image"], "sessions/55/image");
  EXPECT_EQ(letter["message"]["attempt"], 1);
  EXPECT_EQ(letter["reason"], "photo.jpg: damaged");
  EXPECT_EQ(letter["history"].size(), 4u);
  EXPECT_EQ(letter["history"][1]["what"], "started");
  EXPECT_EQ(letter["history"][3]["what"], "died");
}

}  // namespace
}  // namespace pawfect
