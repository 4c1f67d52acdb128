#include "store/s3_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/test_scripted_peer.h"

namespace pawfect {
namespace {

using fakes::http_answer;
using fakes::ScriptedPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class S3ClientTest : public ::testing::Test {
 protected:
  Result<S3Answer> send(const ScriptedPeer& peer, double random) {
    S3Client client("the place",
                    {.region = "us-east-1", .access_key = "key", .secret_key = "secret"}, {},
                    {.most = 6,
                     .first_pause = Milliseconds(200),
                     .longest_pause = Milliseconds(1500),
                     .random = [random] { return random; },
                     .wait = [this](Milliseconds time) { waits_.push_back(time.count()); }});
    return client.send({.url = peer.url() + "/b"}, "GET it");
  }
  std::vector<std::int64_t> waits_;
};

TEST_F(S3ClientTest, PausesDoubleUpToTheLongest) {
  const ScriptedPeer peer({http_answer(500)});
  EXPECT_FALSE(send(peer, 1.0));
  EXPECT_THAT(waits_, ElementsAre(200, 400, 800, 1500, 1500));
  EXPECT_THAT(peer.requests(), SizeIs(6));
}

TEST_F(S3ClientTest, ChanceShortensAPauseByHalfAtMost) {
  const ScriptedPeer peer({http_answer(500)});
  EXPECT_FALSE(send(peer, 0.0));
  EXPECT_THAT(waits_, ElementsAre(100, 200, 400, 750, 750));
}

TEST_F(S3ClientTest, NothingIsWaitedForAfterAnAnswerOfUse) {
  const ScriptedPeer good({http_answer(200)}), refused({http_answer(403)});
  EXPECT_TRUE(send(good, 1.0));
  EXPECT_EQ(send(refused, 1.0).value().status, 403);
  EXPECT_THAT(waits_, IsEmpty());
  const ScriptedPeer late({http_answer(503), http_answer(200)});
  EXPECT_TRUE(send(late, 1.0));
  EXPECT_THAT(waits_, ElementsAre(200));
}

TEST_F(S3ClientTest, MessagesNameThePlaceAndTheRequest) {
  const ScriptedPeer peer({http_answer(500)});
  const auto answer = send(peer, 1.0);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message,
              HasSubstr("s3: the place: GET it: no answer of use in up to 6 tries"));
}

}  // namespace
}  // namespace pawfect
