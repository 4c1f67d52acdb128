#include "api/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/test_api.h"
#include "base/fake_clock.h"
#include "base/sha256.h"

namespace pawfect {
namespace {

using fakes::Answer;
using fakes::TestApi;
using ::testing::HasSubstr;

TokenConfig token_of(const std::string& name, const std::string& token) {
  TokenConfig config;
  config.name = name;
  config.sha256 = hex(sha256(std::as_bytes(std::span(token))));
  return config;
}

http::Request with_header(const std::string& value) {
  http::Request request;
  request.headers = {{"authorization", value}};
  return request;
}

TEST(Access, IsForEverybodyWhereThereAreNoTokens) {
  const std::vector<TokenConfig> tokens;
  const fakes::FakeClock clock;
  Access access(tokens, clock);
  EXPECT_EQ(access.owner({}), "");
  EXPECT_EQ(access.owner(with_header("Bearer whatever")), "");
  EXPECT_TRUE(access.take_request(""));
  EXPECT_EQ(access.limits(""), nullptr);
}

TEST(Access, IsForThoseWithATokenWhereThereAreSome) {
  const std::vector<TokenConfig> tokens{token_of("anna", "secret-a"), token_of("bert", "secret-b")};
  const fakes::FakeClock clock;
  Access access(tokens, clock);
  EXPECT_EQ(access.owner(with_header("Bearer secret-a")), "anna");
  EXPECT_EQ(access.owner(with_header("Bearer secret-b")), "bert");
  EXPECT_EQ(access.owner(with_header("bearer secret-b")), "bert") << "RFC 9110, 11.1";
  for (const std::string& bad :
       {std::string(""), std::string("secret-a"), std::string("Bearer"), std::string("Bearer "),
        std::string("Bearer secret-a "), std::string("Bearer  secret-a"),
        std::string("Bearer Secret-a"), std::string("Basic secret-a"), "Bearer " + tokens[0].sha256,
        "Bearer " + std::string(5'000, 'a')}) {
    const auto owner = access.owner(with_header(bad));
    ASSERT_FALSE(owner) << bad;
    EXPECT_EQ(owner.error().status, 401);
    EXPECT_THAT(owner.error().detail, ::testing::Not(HasSubstr("secret")));
  }
}

TEST(Access, GivesRequestsBackAsTimeGoesBy) {
  std::vector<TokenConfig> tokens{token_of("anna", "a"), token_of("bert", "b")};
  tokens[0].requests_per_minute = 60;
  fakes::FakeClock clock;
  Access access(tokens, clock);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(access.take_request("anna")) << i;
  auto refused = access.take_request("anna");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 429);
  EXPECT_EQ(refused.error().retry_after_s, 2) << "a whole second, and one for the rounding";
  EXPECT_TRUE(access.take_request("bert")) << "everybody has his own";
  clock.advance(Milliseconds(999));
  EXPECT_FALSE(access.take_request("anna"));
  clock.advance(Milliseconds(1));
  EXPECT_TRUE(access.take_request("anna"));
  EXPECT_FALSE(access.take_request("anna"));
  clock.advance(Milliseconds(3'600'000));
  for (int i = 0; i < 60; ++i)
    ASSERT_TRUE(access.take_request("anna")) << "no more than a minute's";
  EXPECT_FALSE(access.take_request("anna"));
}

// Anna and Bert at one service.
struct TwoTokens : ::testing::Test {
  TestApi api{[](ServiceConfig& config) {
    config.tokens = {token_of("anna", "secret-a"), token_of("bert", "secret-b")};
    config.tokens[1].most_open_jobs = 2;
    config.tokens[1].requests_per_minute = 60;
  }};
  void as(const std::string& token) { api.token = token; }
};

TEST_F(TwoTokens, AreNeededForEverythingUnderV1) {
  for (const char* target :
       {"/v1/capabilities", "/v1/jobs/00000000000000000000000000000000", "/v1/nothing"}) {
    const Answer answer = api.get(target);
    EXPECT_EQ(answer.status, 401) << target;
    EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
    EXPECT_EQ(answer.type(), "token-missing");
  }
  EXPECT_EQ(api.post_photo(fakes::photo_bytes()).status, 401);
  as("wrong");
  EXPECT_EQ(api.get("/v1/capabilities").type(), "token-unknown");
  as("");
  for (const char* target : {"/healthz", "/readyz", "/metrics", "/openapi.json"})
    EXPECT_EQ(api.get(target).status, 200) << target;
}

TEST_F(TwoTokens, SeeOnlyTheirOwn) {
  as("secret-a");
  const std::string session = api.new_session();
  const std::string job = api.fill(session).json()["jobId"];
  api.finish_job(job);
  ASSERT_TRUE(api.is_seen_as(job, "done"));
  EXPECT_EQ(api.session(session).owner, "anna");
  const auto statuses = [&] {
    const std::string path = "/v1/jobs/" + job;
    return std::vector<int>{api.get("/v1/sessions/" + session).status,
                            api.get(path).status,
                            api.get(path + "?wait=1").status,
                            api.get(path + "/result").status,
                            api.get(path + "/events").status,
                            api.fill(session).status,
                            api.ask("DELETE", path).status};
  };
  as("secret-b");
  EXPECT_THAT(statuses(), ::testing::Each(404));
  const std::string body = api.get("/v1/jobs/" + job).body;
  EXPECT_EQ(body, api.get("/v1/jobs/00000000000000000000000000000000").body)
      << "nothing tells that it is there";
  api.restart();  // a board that knows nothing of it yet, or any more
  EXPECT_THAT(statuses(), ::testing::Each(404));
  as("secret-a");
  EXPECT_THAT(statuses(), ::testing::ElementsAre(200, 200, 200, 200, 200, 202, 409));
}

TEST_F(TwoTokens, DoNotShareIdempotencyKeys) {
  const fakes::Headers key{{"Idempotency-Key", "k"}};
  const std::vector<fakes::FormPart> form{{"image", fakes::photo_bytes(), "a"},
                                          {"mask", fakes::mask_bytes(), "b"}};
  as("secret-a");
  const std::string annas = api.post_form("/v1/fills", form, key).json()["jobId"];
  as("secret-b");
  EXPECT_NE(api.post_form("/v1/fills", form, key).json()["jobId"], annas);
}

TEST_F(TwoTokens, HaveAsManyOpenJobsAsTheyMay) {
  as("secret-b");
  const std::string session = api.new_session();
  const std::string first = api.fill(session).json()["jobId"];
  ASSERT_EQ(api.fill(session).status, 202);
  ASSERT_TRUE(
      fakes::soon([&] { return api.session_board->open_jobs_of("bert", *api.board) == 2; }));
  const Answer refused = api.fill(session);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.type(), "too-many-jobs");
  EXPECT_NE(refused.header("retry-after"), "");
  as("secret-a");
  EXPECT_EQ(api.fill(api.new_session()).status, 202) << "that is not Anna's business";
  as("secret-b");
  api.ask("DELETE", "/v1/jobs/" + first);
  ASSERT_TRUE(
      fakes::soon([&] { return api.session_board->open_jobs_of("bert", *api.board) == 1; }));
  EXPECT_EQ(api.fill(session).status, 202);
}

TEST_F(TwoTokens, AreRefusedBeforeTheirBodyIsRead) {
  as("secret-b");
  int answered = 0;
  while (answered < 1'000 && api.get("/v1/capabilities").status == 200) ++answered;
  EXPECT_GE(answered, 60);
  const Answer refused = api.post_photo(fakes::photo_bytes());
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.type(), "rate");
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_EQ(api.count(Kind::kSession), 0u);
  api.clock.advance(Milliseconds(60'000));
  EXPECT_EQ(api.post_photo(fakes::photo_bytes()).status, 201);
}

}  // namespace
}  // namespace pawfect
