#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/test_api.h"
#include "worker/fill_options.h"

namespace pawfect {
namespace {

using fakes::Answer;
using fakes::TestApi;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Health, IsThereWhileTheProcessServes) {
  TestApi api;
  api.is_draining = true;
  api.sessions.trouble.is_down = true;
  EXPECT_EQ(api.get("/healthz").status, 200);
}

// Readiness as it is seen when what was known is known no more.
Answer readiness(TestApi& api) {
  api.clock.advance(Milliseconds(2'000));
  return api.get("/readyz");
}

TEST(Readiness, EndsWhenTheServiceBeginsToStop) {
  TestApi api;
  EXPECT_EQ(api.get("/readyz").status, 200);
  api.is_draining = true;
  const Answer answer = api.get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("stopping"));
  EXPECT_NE(answer.header("retry-after"), "");
}

TEST(Readiness, NamesTheStoreThatCannotBeUsed) {
  TestApi api;
  EXPECT_EQ(readiness(api).status, 200);
  for (fakes::Trouble* trouble : {&api.sessions.trouble, &api.queue.trouble, &api.blobs.trouble}) {
    trouble->is_down = true;
    const Answer answer = readiness(api);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.type(), "not-ready");
    EXPECT_THAT(answer.body, HasSubstr("is down"));
    trouble->is_down = false;
    EXPECT_EQ(readiness(api).status, 200);
  }
}

TEST(Readiness, IsNotLookedForAtEveryRequest) {
  TestApi api;
  ASSERT_EQ(api.get("/readyz").status, 200);
  api.sessions.trouble.is_down = true;
  EXPECT_EQ(api.get("/readyz").status, 200);
  EXPECT_EQ(readiness(api).status, 503);
}

TEST(Metrics, TellWhatWasAskedAndWhatIsOpen) {
  TestApi api;
  const std::string job = api.new_job();
  ASSERT_TRUE(fakes::soon([&] { return api.board->open_count() == 1; }));
  api.post_photo("no picture");
  const Answer answer = api.get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.header("content-type"), HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer.body, HasSubstr("/v1/sessions/{id}/fills"));
  EXPECT_THAT(answer.body, HasSubstr("queued"));
  EXPECT_THAT(answer.body, HasSubstr("bad-image"));
  EXPECT_THAT(answer.body, Not(HasSubstr(job))) << "an id is no label";
}

TEST(Capabilities, TellTheLimitsThatHold) {
  TestApi api([](ServiceConfig& config) {
    config.uploads.most_bytes = 1'234'567;
    config.http.longest_wait_s = 33;
    config.worker.most_steps = 40;
    config.jobs.most_open = 77;
  });
  const Json json = api.get("/v1/capabilities").json();
  EXPECT_EQ(json["limits"]["uploadBytes"], 1'234'567);
  EXPECT_EQ(json["limits"]["waitSeconds"], 33);
  EXPECT_EQ(json["limits"]["openJobs"], 77);
  EXPECT_EQ(json["limits"]["megapixels"], 64);
  EXPECT_EQ(json["limits"]["longestSide"], 16384);
  EXPECT_EQ(json["containers"], (Json{"JPEG", "PNG", "WebP", "TIFF"}));
  EXPECT_EQ(json["engines"], Json{"texture"});
  EXPECT_EQ(json["labels"], true);
  EXPECT_EQ(json["expirySeconds"], 86'400);
  EXPECT_THAT(json["options"]["steps"]["allowed"].get<std::string>(), HasSubstr("40"));
  api.has_labeler = false;
  api.restart();
  EXPECT_EQ(api.get("/v1/capabilities").json()["labels"], false);
}

TEST(EveryAnswer, SaysThatNothingInItIsToBeRun) {
  TestApi api;
  for (const char* target :
       {"/v1/capabilities", "/healthz", "/openapi.json", "/nothing", "/v1/jobs/x"}) {
    const Answer answer = api.get(target);
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << target;
    EXPECT_THAT(answer.header("content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.header("cross-origin-resource-policy"), "same-origin");
    EXPECT_EQ(answer.header("access-control-allow-origin"), "");
  }
}

TEST(OtherOrigins, GetNothingUnlessTheyAreNamed) {
  TestApi api([](ServiceConfig& config) { config.http.cors_origins = {"https://good.example"}; });
  const auto from = [&](const std::string& origin) {
    return api.get("/v1/capabilities", {{"Origin", origin}});
  };
  const Answer answer = from("https://good.example");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "https://good.example");
  EXPECT_EQ(answer.header("vary"), "Origin");
  EXPECT_EQ(answer.header("access-control-allow-credentials"), "");
  for (const char* other : {"https://evil.example", "https://good.example.evil.example", "null",
                            "http://good.example", "https://good.example:444"}) {
    EXPECT_EQ(from(other).header("access-control-allow-origin"), "") << other;
    EXPECT_EQ(from(other).header("vary"), "Origin") << other;
  }
}

TEST(OtherOrigins, AskBeforeTheySend) {
  TestApi api([](ServiceConfig& config) { config.http.cors_origins = {"https://good.example"}; });
  const auto preflight = [&](const std::string& origin) {
    return api.ask("OPTIONS", "/v1/fills",
                   {{"Origin", origin},
                    {"Access-Control-Request-Method", "POST"},
                    {"Access-Control-Request-Headers", "idempotency-key"}});
  };
  const Answer answer = preflight("https://good.example");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "https://good.example");
  EXPECT_THAT(answer.header("access-control-allow-methods"), HasSubstr("DELETE"));
  EXPECT_THAT(answer.header("access-control-allow-headers"), HasSubstr("Idempotency-Key"));
  EXPECT_EQ(preflight("https://evil.example").header("access-control-allow-methods"), "");
  EXPECT_EQ(preflight("https://evil.example").header("access-control-allow-origin"), "");
}

TEST(TheDescription, HasEveryRouteAndNoOther) {
  TestApi api;
  const Json document = api.get("/openapi.json").json();
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::set<std::string> described, served;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items())
      described.insert(method + ' ' + path);
  for (const http::Route& route : api_routes(*api.parts))
    served.insert(fakes::lower(route.method) + ' ' + route.pattern);
  EXPECT_EQ(described, served);
}

TEST(TheDescription, HasEveryOptionAndNoOther) {
  const Json document = Json::parse(openapi_document());
  const Json options = document["components"]["schemas"]["FillOptions"]["properties"];
  const Json known = Json::parse(describe_fill_options({}));
  for (const auto& [name, option] : options.items()) EXPECT_TRUE(known.contains(name)) << name;
  for (const auto& [name, option] : known.items()) EXPECT_TRUE(options.contains(name)) << name;
}

}  // namespace
}  // namespace pawfect
