#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "api/test_api.h"

namespace pawfect {
namespace {

using fakes::Answer;
using fakes::TestApi;
using ::testing::HasSubstr;

constexpr const char* kNobody = "00000000000000000000000000000000";

TEST(TheStatusOfAJob, IsThereAsSoonAsTheJobIs) {
  TestApi api;
  const Answer accepted = api.fill(api.new_session());
  const Answer answer = api.get(std::string(accepted.json()["status"]));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Json json = answer.json();
  EXPECT_EQ(json["jobId"], accepted.json()["jobId"]);
  EXPECT_EQ(json["sessionId"], accepted.json()["sessionId"]);
  EXPECT_EQ(json["state"], "queued");
  EXPECT_EQ(json["attempt"], 0);
  EXPECT_EQ(json["attempts"], 0);
  EXPECT_EQ(json["history"][0]["what"], "accepted");
  EXPECT_FALSE(json.contains("result"));
  EXPECT_FALSE(json.contains("error"));
  EXPECT_EQ(answer.header("cache-control"), "no-store");
}

TEST(TheStatusOfAJob, TellsItsPlaceInTheQueue) {
  TestApi api;
  const std::string session = api.new_session();
  const std::string first = api.fill(session).json()["jobId"];
  const std::string second = api.fill(session).json()["jobId"];
  EXPECT_TRUE(fakes::soon(
      [&] { return api.get("/v1/jobs/" + second).json().value("queuePosition", 0) == 2; }));
  EXPECT_EQ(api.get("/v1/jobs/" + first).json()["queuePosition"], 1);
}

TEST(TheStatusOfAJob, TellsHowFarItIs) {
  TestApi api;
  const std::string job = api.new_job();
  const int attempt = api.begin_job(job);
  LiveProgress progress;
  progress.attempt = attempt;
  progress.stage = "fill";
  progress.fraction = 0.5;
  progress.whole = 0.4;
  progress.step = 8;
  progress.steps = 20;
  progress.left = Milliseconds(6'500);
  api.tell_progress(job, progress);
  ASSERT_TRUE(fakes::soon([&] { return api.get("/v1/jobs/" + job).json().value("step", 0) == 8; }));
  const Json json = api.get("/v1/jobs/" + job).json();
  EXPECT_EQ(json["state"], "running");
  EXPECT_EQ(json["attempt"], 1);
  EXPECT_EQ(json["attempts"], 1);
  EXPECT_EQ(json["stage"], "fill");
  EXPECT_EQ(json["progress"], 0.4);
  EXPECT_EQ(json["steps"], 20);
  EXPECT_EQ(json["etaSeconds"], 6.5);
  EXPECT_FALSE(json.contains("queuePosition"));
}

TEST(TheStatusOfAJob, HasTheResultAndTheReportWhenItIsDone) {
  TestApi api;
  const std::string job = api.new_job();
  api.finish_job(job);
  ASSERT_TRUE(api.is_seen_as(job, "done"));
  const Json json = api.get("/v1/jobs/" + job).json();
  EXPECT_EQ(json["result"], "/v1/jobs/" + job + "/result");
  EXPECT_EQ(json["progress"], 1.0);
  EXPECT_EQ(json["promptSource"], "empty");
  EXPECT_EQ(json["report"]["seed"], 7);
  EXPECT_EQ(json["history"].back()["what"], "done");
  EXPECT_FALSE(json.contains("etaSeconds"));
}

TEST(TheStatusOfAJob, SaysWhyItWasGivenUp) {
  TestApi api;
  const std::string job = api.new_job();
  api.kill_job(job);
  ASSERT_TRUE(api.is_seen_as(job, "dead"));
  const Json json = api.get("/v1/jobs/" + job).json();
  EXPECT_THAT(std::string(json["error"]["detail"]), HasSubstr("photo: damaged"));
  EXPECT_NE(json["error"]["code"], "");
  EXPECT_FALSE(json.contains("result"));
}

TEST(TheStatusOfAJob, ComesFromTheStoreWhereTheBoardDoesNotKnowIt) {
  TestApi api;
  const std::string job = api.new_job();
  api.finish_job(job);
  api.restart();  // an empty board may have forgotten what has ended
  EXPECT_EQ(api.get("/v1/jobs/" + job).json()["state"], "done");
  EXPECT_EQ(api.get("/v1/jobs/" + std::string(kNobody)).status, 404);
  EXPECT_EQ(api.get("/v1/jobs/" + std::string(kNobody)).type(), "no-job");
  api.sessions.trouble.is_down = true;
  const Answer answer = api.get("/v1/jobs/" + std::string(kNobody));
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.header("retry-after"), "");
}

TEST(TheStatusOfAJob, IsNotSentAgainToOneWhoHasIt) {
  TestApi api;
  const std::string job = api.new_job();
  api.finish_job(job);
  ASSERT_TRUE(api.is_seen_as(job, "done"));
  const std::string etag = api.get("/v1/jobs/" + job).header("etag");
  ASSERT_NE(etag, "");
  const Answer again = api.get("/v1/jobs/" + job, {{"If-None-Match", "\"x\", W/" + etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("etag"), etag);
  EXPECT_EQ(api.get("/v1/jobs/" + job, {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST(WaitingForAJob, EndsWithTheJob) {
  TestApi api;
  const std::string job = api.new_job();
  auto waiting =
      std::async(std::launch::async, [&] { return api.get("/v1/jobs/" + job + "?wait=25"); });
  ASSERT_TRUE(fakes::soon([&] { return api.server->connections() == 1; }));
  api.finish_job(job);
  const Answer answer = waiting.get();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["state"], "done");
}

TEST(WaitingForAJob, EndsWithTheTime) {
  TestApi api;
  const std::string job = api.new_job();
  const auto begin = std::chrono::steady_clock::now();
  const Answer answer = api.get("/v1/jobs/" + job + "?wait=1");
  EXPECT_EQ(answer.json()["state"], "queued");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(990));
}

TEST(WaitingForAJob, DoesNotHoldUpAServiceThatStops) {
  TestApi api;
  const std::string job = api.new_job();
  auto waiting =
      std::async(std::launch::async, [&] { return api.get("/v1/jobs/" + job + "?wait=29"); });
  ASSERT_TRUE(fakes::soon([&] { return api.server->connections() == 1; }));
  api.is_draining = true;
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(waiting.get().json()["state"], "queued");
}

TEST(WaitingForAJob, IsForWholeSecondsUpToTheLimit) {
  TestApi api([](ServiceConfig& config) { config.http.longest_wait_s = 30; });
  const std::string job = api.new_job();
  for (const char* bad : {"31", "-1", "1.5", "", "x", "1e1", "99999999999999999999", "%201"}) {
    const Answer answer = api.get("/v1/jobs/" + job + "?wait=" + bad);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(answer.type(), "bad-wait") << bad;
    EXPECT_THAT(answer.body, HasSubstr("30"));
  }
  EXPECT_EQ(api.get("/v1/jobs/" + job + "?wait=0").status, 200);
}

TEST(CancellingAJob, TakesEffectAtOnce) {
  TestApi api;
  const std::string job = api.new_job();
  const Answer answer = api.ask("DELETE", "/v1/jobs/" + job);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["state"], "cancelled");
  EXPECT_EQ(answer.json()["jobId"], job);
  EXPECT_EQ(api.record(job).state, JobState::kCancelled);
}

TEST(CancellingAJob, TwiceIsNoError) {
  TestApi api;
  const std::string job = api.new_job();
  api.begin_job(job);
  EXPECT_EQ(api.ask("DELETE", "/v1/jobs/" + job).status, 200);
  const std::uint64_t version = api.record(job).version;
  EXPECT_EQ(api.ask("DELETE", "/v1/jobs/" + job).status, 200);
  EXPECT_EQ(api.record(job).version, version);
}

TEST(CancellingAJob, ThatHasEndedIsRefused) {
  TestApi api;
  const std::string done = api.new_job(), dead = api.new_job();
  api.finish_job(done);
  api.kill_job(dead);
  for (const std::string& job : {done, dead}) {
    const Answer answer = api.ask("DELETE", "/v1/jobs/" + job);
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.type(), "already-ended");
  }
  EXPECT_EQ(api.record(done).state, JobState::kDone);
  EXPECT_EQ(api.ask("DELETE", "/v1/jobs/" + std::string(kNobody)).status, 404);
}

TEST(CancellingAJob, IsNotPromisedWhenTheStoreIsDown) {
  TestApi api;
  const std::string job = api.new_job();
  api.sessions.trouble.is_down = true;
  EXPECT_EQ(api.ask("DELETE", "/v1/jobs/" + job).status, 503);
  EXPECT_EQ(api.record(job).state, JobState::kQueued);
}

}  // namespace
}  // namespace pawfect
