#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/test_api.h"
#include "base/utc_text.h"

namespace pawfect {
namespace {

using fakes::Answer;
using fakes::TestApi;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// A job that is done, and its result.
struct Results : ::testing::Test {
  TestApi api;
  const std::string picture = "0123456789abcdefghijklmnopqrstuvwxyz";
  const std::string job = api.new_job();
  const std::string path = "/v1/jobs/" + job + "/result";

  void finish() {
    api.finish_job(job, picture);
    ASSERT_TRUE(api.is_seen_as(job, "done"));
  }
};

TEST_F(Results, AreSentWithWhatKeepsThemHarmless) {
  finish();
  const Answer answer = api.get(path);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, picture);
  EXPECT_EQ(answer.header("content-type"), "image/png");
  EXPECT_EQ(answer.header("content-length"), std::to_string(picture.size()));
  EXPECT_EQ(answer.header("content-disposition"), "attachment; filename=\"" + job + ".png\"");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_THAT(answer.header("content-security-policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(answer.header("cache-control"), HasSubstr("private"));
  EXPECT_EQ(answer.header("accept-ranges"), "bytes");
  const std::string digest(BlobStore::digest_of(api.record(job).result));
  EXPECT_EQ(answer.header("etag"), '"' + digest + '"');
}

TEST_F(Results, AreDescribedToHead) {
  finish();
  const Answer answer = api.ask("HEAD", path);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.header("content-length"), std::to_string(picture.size()));
}

TEST_F(Results, AreSentInParts) {
  finish();
  const std::string etag = api.get(path).header("etag");
  Answer answer = api.get(path, {{"Range", "bytes=2-5"}});
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, "2345");
  EXPECT_EQ(answer.header("content-range"), "bytes 2-5/36");
  EXPECT_EQ(api.get(path, {{"Range", "bytes=-3"}}).body, "xyz");
  EXPECT_EQ(api.get(path, {{"Range", "bytes=33-"}}).body, "xyz");
  answer = api.get(path, {{"Range", "bytes=36-"}});
  EXPECT_EQ(answer.status, 416);
  EXPECT_EQ(answer.header("content-range"), "bytes */36");
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(api.get(path, {{"Range", "bytes=2-5"}, {"If-Range", etag}}).status, 206);
  EXPECT_EQ(api.get(path, {{"Range", "bytes=2-5"}, {"If-Range", "\"x\""}}).status, 200);
}

TEST_F(Results, AreNotSentAgainToOneWhoHasThem) {
  finish();
  const std::string etag = api.get(path).header("etag");
  const Answer answer = api.get(path, {{"If-None-Match", etag}});
  EXPECT_EQ(answer.status, 304);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(api.get(path, {{"If-Match", "\"other\""}}).status, 412);
}

TEST_F(Results, AreNotThereBeforeTheJobIsDone) {
  Answer answer = api.get(path);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.type(), "not-ready");
  EXPECT_NE(answer.header("retry-after"), "");
  api.begin_job(job);
  EXPECT_EQ(api.get(path).type(), "not-ready");
}

TEST_F(Results, AreNeverThereForJobsThatFailedOrWereCancelled) {
  api.kill_job(job);
  ASSERT_TRUE(api.is_seen_as(job, "dead"));
  EXPECT_EQ(api.get(path).status, 409);
  EXPECT_EQ(api.get(path).type(), "no-result");
  EXPECT_EQ(api.get(path).header("retry-after"), "");
  const std::string cancelled = api.new_job();
  api.ask("DELETE", "/v1/jobs/" + cancelled);
  ASSERT_TRUE(api.is_seen_as(cancelled, "cancelled"));
  EXPECT_EQ(api.get("/v1/jobs/" + cancelled + "/result").type(), "no-result");
}

TEST_F(Results, SaySinceWhenTheyAreGone) {
  finish();
  const SessionId session = api.record(job).message.session;
  ASSERT_TRUE(api.sessions_of.change(session, [](SessionRecord& record) {
    record.is_expired = true;
    return true;
  }));
  const Answer answer = api.get(path);
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.json()["expiredAt"], utc_text(api.session(session.text()).expires_at));
  EXPECT_EQ(api.get("/v1/jobs/" + job).status, 200) << "the job's story is still told";
}

TEST_F(Results, ThatAreLostOrDamagedAreSaidToBe) {
  finish();
  const std::string blob = api.record(job).result;
  api.blobs.trouble.is_down = true;
  EXPECT_EQ(api.get(path).status, 503);
  api.blobs.trouble.is_down = false;
  ASSERT_TRUE(api.real_blobs->remove(blob));
  const Answer answer = api.get(path);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.type(), "result-damaged");
}

TEST_F(Results, HaveTheContainerOfThePhoto) {
  const Answer accepted = api.post_form(
      "/v1/fills",
      {{"image", fakes::photo_bytes(Container::kJpeg), "a"}, {"mask", fakes::mask_bytes(), "b"}});
  const std::string other = accepted.json()["jobId"];
  api.finish_job(other);
  ASSERT_TRUE(api.is_seen_as(other, "done"));
  const Answer answer = api.get("/v1/jobs/" + other + "/result");
  EXPECT_EQ(answer.header("content-type"), "image/jpeg");
  EXPECT_THAT(answer.header("content-disposition"), EndsWith(".jpg\""));
}

}  // namespace
}  // namespace pawfect
