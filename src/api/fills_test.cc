#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "api/test_api.h"

namespace pawfect {
namespace {

using fakes::Answer;
using fakes::TestApi;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

Json options_of(TestApi& api, const Answer& answer) {
  return Json::parse(api.record(answer.json()["jobId"]).message.options);
}

TEST(CreatingAFill, AcceptsAJob) {
  TestApi api;
  const std::string session = api.new_session();
  const Answer answer = api.fill(session);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const Json json = answer.json();
  const std::string job = json["jobId"];
  EXPECT_THAT(job, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(json["sessionId"], session);
  EXPECT_EQ(json["status"], "/v1/jobs/" + job);
  EXPECT_EQ(answer.header("location"), "/v1/jobs/" + job);

  const JobRecord record = api.record(job);
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_EQ(record.message.session.text(), session);
  EXPECT_EQ(record.message.image, api.session(session).photo);
  EXPECT_THAT(record.message.mask, MatchesRegex("sessions/" + session + "/mask.[0-9a-f]{64}"));
  EXPECT_THAT(api.session(session).jobs, ::testing::ElementsAre(*JobId::from(job)));
  const auto delivery = api.real_queue->take(Milliseconds(0)).value();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->message.job.text(), job);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(CreatingAFill, TakesOptionsInEveryForm) {
  TestApi api;
  const std::string session = api.new_session();
  const std::string fills = "/v1/sessions/" + session + "/fills";
  const Json wanted{{"seed", 7}, {"prompt", "wet grass"}, {"grow", 9}, {"invert", true}};
  const std::vector<Answer> answers{
      api.fill(session, {{"options", wanted.dump()}}),
      api.fill(session,
               {{"seed", "7"}, {"prompt", "wet grass"}, {"grow", "9"}, {"invert", "true"}}),
      // Whatever the order, a field of its own goes over the object.
      api.fill(session, {{"seed", "7"},
                         {"options", R"({"seed":8,"prompt":"wet grass","grow":9,"invert":true})"}}),
      api.ask("POST", fills + "?seed=7&prompt=wet+grass&grow=9&invert=true",
              {{"Content-Type", "image/png"}}, fakes::mask_bytes()),
      api.ask("POST",
              fills + "?options=%7B%22seed%22:7,%22prompt%22:%22wet%20grass%22,%22grow%22:9,"
                      "%22invert%22:true%7D",
              {{"Content-Type", "application/octet-stream"}}, fakes::mask_bytes())};
  for (const Answer& answer : answers) {
    ASSERT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(options_of(api, answer), wanted);
  }
}

TEST(CreatingAFill, RefusesOptionsThatItDoesNotKnow) {
  TestApi api;
  const std::string session = api.new_session();
  const std::vector<std::vector<fakes::FormPart>> bad{{{"options", "{"}},
                                                      {{"options", "[]"}},
                                                      {{"options", "7"}},
                                                      {{"options", R"({"seed":-1})"}},
                                                      {{"options", R"({"seed":"7"})"}},
                                                      {{"options", R"({"seed":7,"seed":8})"}},
                                                      {{"options", R"({"stepps":5})"}},
                                                      {{"options", R"({"grow":1e9})"}},
                                                      {{"options", R"({"prompt":null})"}},
                                                      {{"options", R"({"invert":1})"}},
                                                      {{"options", std::string(100, '[')}},
                                                      {{"seed", "seven"}},
                                                      {{"steps", "0"}},
                                                      {{"steps", "100000"}},
                                                      {{"guidance", "nan"}},
                                                      {{"engine", "flux"}},
                                                      {{"prompt", "two\nlines"}},
                                                      {{"prompt", std::string(501, 'a')}},
                                                      {{"prompt", "\xff\xfe"}},
                                                      {{"variant", "../../etc/passwd"}}};
  for (const auto& parts : bad) {
    const Answer answer = api.fill(session, parts);
    EXPECT_EQ(answer.status, 400) << parts[0].name << '=' << parts[0].data << answer.body;
    EXPECT_EQ(answer.type(), "bad-option") << parts[0].data;
  }
  EXPECT_THAT(api.fill(session, {{"stepps", "5"}}).body, HasSubstr("did you mean steps?"));
  EXPECT_EQ(api.fill(session, {{"options", std::string(20'000, ' ')}}).status, 400);
  const std::string query = "/v1/sessions/" + session + "/fills?stepps=5";
  EXPECT_EQ(api.ask("POST", query, {}, fakes::mask_bytes()).status, 400);
  EXPECT_EQ(api.count(Kind::kJob), 0u);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(CreatingAFill, TakesOptionsInTheQueryOfAFormToo) {
  TestApi api;
  const std::vector<fakes::FormPart> mask{{"mask", fakes::mask_bytes(), "mask.png"}};
  const std::string fills = "/v1/sessions/" + api.new_session() + "/fills";
  EXPECT_EQ(options_of(api, api.post_form(fills + "?seed=7", mask)), (Json{{"seed", 7}}));
  EXPECT_EQ(api.post_form(fills + "?stepps=7", mask).type(), "bad-option");
  EXPECT_EQ(api.post_form(fills + "?seed=7&seed=8", mask).type(), "bad-option");
}

TEST(CreatingAFill, NeedsAMaskThatIsAPicture) {
  TestApi api;
  const std::string session = api.new_session(), fills = "/v1/sessions/" + session + "/fills";
  EXPECT_EQ(api.post_form(fills, {{"seed", "7"}}).type(), "part-missing");
  EXPECT_EQ(api.post_form(fills, {}).status, 400);
  for (const std::string bytes : {"", "no picture", "POISON crash"}) {
    const Answer answer = api.post_form(fills, {{"mask", bytes, "mask.png"}});
    EXPECT_EQ(answer.status, 422) << bytes;
    EXPECT_EQ(answer.type(), "bad-image") << bytes;
    EXPECT_THAT(answer.json()["detail"].get<std::string>(), HasSubstr("mask"));
  }
  EXPECT_EQ(api.ask("POST", fills, {{"Content-Type", "application/json"}}, "{}").status, 415);
  EXPECT_EQ(api.blobs_under("sessions/" + session + "/mask"), 0u);
  EXPECT_TRUE(api.session(session).jobs.empty());
}

TEST(CreatingAFill, StandsOnceItIsInTheStoreWhateverTheQueueSays) {
  TestApi api;
  api.queue.trouble.is_down = true;
  const Answer answer = api.fill(api.new_session());
  ASSERT_EQ(answer.status, 202);
  EXPECT_EQ(api.record(answer.json()["jobId"]).state, JobState::kQueued);
}

TEST(CreatingAFill, PromisesNothingWhenTheStoreIsDown) {
  TestApi api;
  const std::string session = api.new_session();
  api.sessions.trouble.is_down = true;
  const Answer answer = api.fill(session);
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.header("retry-after"), "");
  api.sessions.trouble.is_down = false;
  EXPECT_EQ(api.count(Kind::kJob), 0u);
  EXPECT_EQ(api.real_queue->length().value(), 0);
}

TEST(CreatingAFill, AsksTheLabelerWhereLabelsAreOfUse) {
  TestApi api;
  const std::string session = api.new_session();
  api.fill(session);
  ASSERT_EQ(api.labeler.asked().size(), 1u);
  EXPECT_EQ(api.labeler.asked()[0], std::pair(session, api.session(session).photo));
  api.fill(session, {{"prompt", "grass"}});
  api.fill(session, {{"prompt", ""}});
  EXPECT_EQ(api.labeler.asked().size(), 1u) << "a prompt was given";
  ASSERT_TRUE(api.sessions_of.change(*SessionId::from(session), [](SessionRecord& record) {
    record.labels = SceneLabels{{}, "sam3", "1", {}};
    return true;
  }));
  api.fill(session);
  EXPECT_EQ(api.labeler.asked().size(), 1u) << "there are labels";
  api.fill(api.new_session());
  EXPECT_EQ(api.labeler.asked().size(), 2u);
}

TEST(CreatingAFill, ChoosesTheVariantThatNobodyAskedFor) {
  TestApi api;
  std::string asked_with;
  api.choose_variant = [&](const SessionId& id) {
    asked_with = id.text();
    return "flux-q8_0";
  };
  api.restart();
  const std::string session = api.new_session();
  EXPECT_EQ(options_of(api, api.fill(session))["variant"], "flux-q8_0");
  EXPECT_EQ(asked_with, session);
  EXPECT_EQ(options_of(api, api.fill(session, {{"variant", "flux-q5_k_m"}}))["variant"],
            "flux-q5_k_m");
}

TEST(CreatingAFill, ProlongsTheSession) {
  TestApi api;
  const std::string session = api.new_session();
  const WallTime before = api.session(session).expires_at;
  api.clock.advance(Milliseconds(3'600'000));
  ASSERT_EQ(api.fill(session).status, 202);
  EXPECT_GE(api.session(session).expires_at, before + Milliseconds(3'600'000));
}

TEST(CreatingAFill, IsRefusedWhileTooManyJobsAreOpen) {
  TestApi api([](ServiceConfig& config) { config.jobs.most_open = 2; });
  const std::string session = api.new_session();
  const std::string first = api.fill(session).json()["jobId"];
  ASSERT_EQ(api.fill(session).status, 202);
  ASSERT_TRUE(fakes::soon([&] { return api.board->open_count() == 2; }));
  const Answer answer = api.fill(session);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.type(), "queue-full");
  EXPECT_NE(answer.header("retry-after"), "");
  EXPECT_EQ(api.ask("DELETE", "/v1/jobs/" + first).status, 200);
  ASSERT_TRUE(fakes::soon([&] { return api.board->open_count() == 1; }));
  EXPECT_EQ(api.fill(session).status, 202);
}

TEST(CreatingAFill, NeverLetsMoreJobsInThanMayBeOpenHoweverManyAskAtOnce) {
  TestApi api([](ServiceConfig& config) { config.jobs.most_open = 5; });
  const std::string session = api.new_session();
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 16; ++client) {
      clients.emplace_back(
          [&] { EXPECT_THAT(api.fill(session).status, ::testing::AnyOf(202, 429)); });
    }
  }
  EXPECT_LE(api.count(Kind::kJob), 5u);
}

TEST(CreatingAFill, IsRefusedWhereTheSessionHasAllThatItMay) {
  TestApi api;
  const std::string session = api.new_session();
  ASSERT_TRUE(api.sessions_of.change(*SessionId::from(session), [](SessionRecord& record) {
    for (std::size_t i = 0; i < SessionRecord::kMostJobs; ++i)
      record.jobs.push_back(*JobId::from(fmt::format("{:032x}", i)));
    return true;
  }));
  const Answer answer = api.fill(session);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.type(), "session-full");
  EXPECT_EQ(api.count(Kind::kJob), 0u);
}

TEST(CreatingAFill, RunsInParallelOnOneSession) {
  TestApi api;
  const std::string session = api.new_session();
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 16; ++client)
      clients.emplace_back([&] { EXPECT_EQ(api.fill(session).status, 202); });
  }
  EXPECT_EQ(api.session(session).jobs.size(), 16u);
  EXPECT_EQ(api.count(Kind::kJob), 16u);
  EXPECT_EQ(api.real_queue->length().value(), 16);
}

TEST(CreatingBoth, MakesASessionAndAJob) {
  TestApi api;
  const Answer answer = api.post_form("/v1/fills", {{"image", fakes::photo_bytes(), "photo.png"},
                                                    {"mask", fakes::mask_bytes(), "mask.png"},
                                                    {"seed", "7"}});
  ASSERT_EQ(answer.status, 202) << answer.body;
  const std::string session = answer.json()["sessionId"], job = answer.json()["jobId"];
  EXPECT_THAT(api.session(session).jobs, ::testing::ElementsAre(*JobId::from(job)));
  EXPECT_EQ(api.record(job).message.image, api.session(session).photo);
  EXPECT_EQ(answer.header("location"), "/v1/jobs/" + job);
}

TEST(CreatingBoth, LeavesNoSessionWhereTheMaskOrThePhotoIsBad) {
  TestApi api;
  const std::string photo = fakes::photo_bytes(), mask = fakes::mask_bytes();
  EXPECT_EQ(api.post_form("/v1/fills", {{"image", photo, "a"}, {"mask", "bad", "b"}}).status, 422);
  EXPECT_EQ(api.post_form("/v1/fills", {{"image", "bad", "a"}, {"mask", mask, "b"}}).status, 422);
  EXPECT_EQ(api.post_form("/v1/fills", {{"image", photo, "a"}}).type(), "part-missing");
  EXPECT_EQ(api.post_form("/v1/fills", {{"mask", mask, "a"}}).type(), "part-missing");
  EXPECT_EQ(api.ask("POST", "/v1/fills", {{"Content-Type", "image/png"}}, photo).status, 415);
  EXPECT_EQ(api.count(Kind::kSession), 0u);
  EXPECT_EQ(api.count(Kind::kJob), 0u);
  EXPECT_EQ(api.blobs_under(""), 0u);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(CreatingBoth, LeavesNothingHalfWhenTheClientGoesAtAnyByte) {
  TestApi api;
  const std::string request = fakes::request_text(
      "POST", "/v1/fills", fakes::form_headers(),
      fakes::form_text({{"image", fakes::photo_bytes(), "a"}, {"mask", fakes::mask_bytes(), "b"}}));
  for (std::size_t sent = 0; sent < request.size(); sent += 1 + request.size() / 40) {
    fakes::Socket socket(api.server->address());
    socket.send(std::string_view(request).substr(0, sent));
    socket.close();
  }
  EXPECT_TRUE(fakes::soon([&] { return api.server->connections() == 0; }));
  EXPECT_EQ(api.count(Kind::kSession), 0u);
  EXPECT_EQ(api.count(Kind::kJob), 0u);
  EXPECT_EQ(api.blobs_under(""), 0u);
  EXPECT_EQ(api.spool_files(), 0u);
}

}  // namespace
}  // namespace pawfect
