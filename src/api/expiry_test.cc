#include "api/expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "api/idempotency.h"
#include "api/test_api.h"
#include "base/random_id.h"

namespace pawfect {
namespace {

using fakes::TestApi;

constexpr Milliseconds kDay{86'400'000};
constexpr Milliseconds kHour{3'600'000};

struct Sweeping : ::testing::Test {
  TestApi api;
  std::unique_ptr<Expiry> expiry =
      std::make_unique<Expiry>(api.config, api.stores, *api.session_board, api.context);
  const std::string session = api.new_session();
  const std::string job = api.fill(session).json()["jobId"];

  // Until the board has heard of it.
  bool is_known_until(WallTime time) {
    const auto id = *SessionId::from(session);
    return fakes::soon([&] {
      const auto due = api.session_board->due(time, false);
      return std::ranges::find(due, id) != due.end();
    });
  }
  void sweep() { expiry->sweep_sessions({}); }
  bool is_expired() { return api.session(session).is_expired; }
  void put_blob(const std::string& prefix) {
    const auto file = api.folder.path() / "blob";
    std::ofstream(file) << random_id();
    ASSERT_TRUE(api.real_blobs->put(prefix, file));
  }
  // As if the blobs had been written that long ago.
  void age_blobs(std::chrono::hours age) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(api.folder.path() / "blobs")) {
      if (!entry.is_regular_file()) continue;
      std::filesystem::last_write_time(entry, std::filesystem::file_time_type::clock::now() - age);
    }
  }
};

TEST_F(Sweeping, LeavesSessionsAloneBeforeTheirTime) {
  api.finish_job(job);
  api.clock.advance(kDay - kHour);
  ASSERT_TRUE(is_known_until(api.clock.wall() + kDay));
  sweep();
  EXPECT_FALSE(is_expired());
  EXPECT_EQ(api.blobs_under(""), 3u);
}

TEST_F(Sweeping, TakesPicturesAndReportsOfSessionsWhoseTimeIsOver) {
  api.finish_job(job);
  api.clock.advance(kDay + kHour);
  ASSERT_TRUE(is_known_until(api.clock.wall()));
  sweep();
  EXPECT_TRUE(is_expired());
  EXPECT_EQ(api.blobs_under(""), 0u);
  EXPECT_EQ(api.count(Kind::kReport), 0u);
  EXPECT_EQ(api.get("/v1/sessions/" + session).status, 410);
  EXPECT_EQ(api.get("/v1/jobs/" + job + "/result").status, 410);
}

TEST_F(Sweeping, WaitsForJobsThatHaveNotEnded) {
  api.begin_job(job);
  api.clock.advance(kDay + kHour);
  ASSERT_TRUE(is_known_until(api.clock.wall()));
  sweep();
  EXPECT_FALSE(is_expired());
  EXPECT_EQ(api.blobs_under("sessions/"), 2u);
  api.ask("DELETE", "/v1/jobs/" + job);
  sweep();
  EXPECT_TRUE(is_expired());
}

TEST_F(Sweeping, LeavesAloneWhatIsUsedAgain) {
  api.finish_job(job);
  api.clock.advance(kDay - kHour);
  const std::string second = api.fill(session).json()["jobId"];
  api.finish_job(second);
  api.clock.advance(2 * kHour);
  sweep();
  EXPECT_FALSE(is_expired());
  EXPECT_EQ(api.get("/v1/jobs/" + job + "/result").status, 200);
}

TEST_F(Sweeping, ForgetsTheSessionAfterAWhile) {
  api.finish_job(job);
  api.clock.advance(kDay + kHour);
  ASSERT_TRUE(is_known_until(api.clock.wall()));
  sweep();
  ASSERT_TRUE(fakes::soon([&] { return !api.session_board->due(api.clock.wall(), true).empty(); }));
  api.clock.advance(6 * kDay);
  sweep();
  EXPECT_EQ(api.count(Kind::kSession), 1u);
  api.clock.advance(kDay + kHour);
  sweep();
  EXPECT_EQ(api.count(Kind::kSession), 0u);
  EXPECT_EQ(api.count(Kind::kJob), 0u);
  EXPECT_EQ(api.get("/v1/sessions/" + session).status, 404);
}

TEST_F(Sweeping, GoesOnWhereAFailureStoppedIt) {
  api.finish_job(job);
  api.clock.advance(kDay + kHour);
  ASSERT_TRUE(is_known_until(api.clock.wall()));
  api.sessions.trouble.is_down = true;
  sweep();
  EXPECT_FALSE(is_expired());
  api.sessions.trouble.is_down = false;
  sweep();
  EXPECT_TRUE(is_expired());
}

TEST_F(Sweeping, RemovesBlobsThatNothingNames) {
  api.finish_job(job);
  const std::string nobody(32, '0');
  put_blob("sessions/" + nobody + "/photo");
  put_blob("results/" + nobody + "/result");
  put_blob("results/" + job + "/late");
  age_blobs(std::chrono::hours(2));
  put_blob("sessions/" + nobody + "/young");
  ASSERT_EQ(api.blobs_under(""), 7u);
  expiry->sweep_leftovers({});
  EXPECT_EQ(api.blobs_under(""), 4u) << "photo, mask and result, and the young one";
  EXPECT_EQ(api.blobs_under("results/" + job), 1u);
  EXPECT_TRUE(api.real_blobs->open(api.record(job).result).value());
  EXPECT_EQ(api.blobs_under("sessions/" + session), 2u);
}

TEST_F(Sweeping, LeavesTheResultsOfJobsThatRunAlone) {
  api.begin_job(job);
  put_blob("results/" + job + "/result");
  age_blobs(std::chrono::hours(2));
  expiry->sweep_leftovers({});
  EXPECT_EQ(api.blobs_under("results/"), 1u);
}

TEST_F(Sweeping, TakesWhatACrashLeftOfAnExpiredSession) {
  api.finish_job(job);
  ASSERT_TRUE(api.sessions_of.change(*SessionId::from(session), [](SessionRecord& record) {
    record.is_expired = true;  // and then the process died
    return true;
  }));
  age_blobs(std::chrono::hours(2));
  expiry->sweep_leftovers({});
  EXPECT_EQ(api.blobs_under(""), 0u);
}

TEST_F(Sweeping, ForgetsIdempotencyKeysAfterADay) {
  api.fill(session, {}, {{"Idempotency-Key", "k"}});
  expiry->sweep_leftovers({});
  EXPECT_EQ(api.count(Kind::kIdempotency), 1u);
  api.clock.advance(kDay + kHour);
  expiry->sweep_leftovers({});
  EXPECT_EQ(api.count(Kind::kIdempotency), 0u);
}

TEST_F(Sweeping, StopsWhenItIsToldTo) {
  api.finish_job(job);
  api.clock.advance(kDay + kHour);
  ASSERT_TRUE(is_known_until(api.clock.wall()));
  std::stop_source stop;
  stop.request_stop();
  expiry->sweep_sessions(stop.get_token());
  EXPECT_FALSE(is_expired());
}

}  // namespace
}  // namespace pawfect
