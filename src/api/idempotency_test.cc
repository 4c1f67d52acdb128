#include "api/idempotency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "api/test_api.h"
#include "base/random_id.h"

namespace pawfect {
namespace {

using fakes::Answer;
using fakes::TestApi;
using ::testing::Each;
using ::testing::MatchesRegex;

using Written = Idempotency::Written;

RequestIds new_ids() { return {*JobId::from(random_id()), *SessionId::from(random_id())}; }

struct Keys : ::testing::Test {
  fakes::TestFolder folder;
  fakes::AheadClock clock;
  std::unique_ptr<SqliteSessionStore> real = SqliteSessionStore::open(folder.path()).value();
  fakes::FlakySessions store{*real};
  Idempotency keys{store, clock};
  const std::string key = Idempotency::document_key("anna", "/v1/fills", "k");

  Idempotency::Begun begin(const std::string& fingerprint = "same",
                           const RequestIds& ids = new_ids()) {
    return keys.begin(key, fingerprint, ids).value();
  }
  static int status(const Idempotency::Begun& begun) {
    const auto* problem = std::get_if<http::Problem>(&begun);
    return problem == nullptr ? 0 : problem->status;
  }
};

TEST_F(Keys, AreApartByOwnerPathAndText) {
  const std::set<std::string> all{key,
                                  Idempotency::document_key("bert", "/v1/fills", "k"),
                                  Idempotency::document_key("anna", "/v1/fills/", "k"),
                                  Idempotency::document_key("anna", "/v1/fills", "l"),
                                  Idempotency::document_key("", "anna/v1/fills", "k"),
                                  Idempotency::document_key("anna/v1", "/fills", "k")};
  EXPECT_EQ(all.size(), 6u);
  EXPECT_THAT(all, Each(MatchesRegex("[0-9a-f]{64}")));
}

TEST_F(Keys, GiveTheFirstAnswerAgain) {
  const auto claim = std::get<Idempotency::Claim>(begin());
  EXPECT_EQ(status(begin()), 409);
  EXPECT_EQ(status(begin("other")), 422);
  ASSERT_TRUE(keys.finish(claim, "the answer"));
  EXPECT_EQ(std::get<Idempotency::Replay>(begin()).answer, "the answer");
  EXPECT_EQ(status(begin("other")), 422);
}

TEST_F(Keys, AreFreeAgainAfterAFailure) {
  keys.give_up(std::get<Idempotency::Claim>(begin()), Written::kNothing);
  EXPECT_TRUE(std::holds_alternative<Idempotency::Claim>(begin("other")));
}

TEST_F(Keys, KeepWhatWasDecidedWhereSomethingMayHaveBeenWritten) {
  const auto first = std::get<Idempotency::Claim>(begin());
  keys.give_up(first, Written::kMaybe);
  EXPECT_EQ(status(begin("other")), 422);
  const auto second = std::get<Idempotency::Claim>(begin());
  EXPECT_EQ(second.ids.job, first.ids.job);
  // He wrote nothing, but the first may have.
  keys.give_up(second, Written::kNothing);
  EXPECT_EQ(status(begin("other")), 422);
  EXPECT_EQ(std::get<Idempotency::Claim>(begin()).ids.job, first.ids.job);
}

TEST_F(Keys, OfOneWhoDiedAreTakenOverWithWhatHeDecided) {
  const auto dead = std::get<Idempotency::Claim>(begin());
  clock.advance(Idempotency::kTakeOver - Milliseconds(1'000));
  EXPECT_EQ(status(begin()), 409);
  clock.advance(Milliseconds(2'000));
  const auto claim = std::get<Idempotency::Claim>(begin());
  EXPECT_EQ(claim.ids.job, dead.ids.job);
  EXPECT_EQ(claim.ids.session, dead.ids.session);
  EXPECT_EQ(status(begin()), 409) << "he who took over works on it";
}

TEST_F(Keys, ThatWereTakenOverAreNotTouchedByTheOneWhoWasSlow) {
  const auto slow = std::get<Idempotency::Claim>(begin());
  clock.advance(Idempotency::kTakeOver + Milliseconds(1'000));
  const auto claim = std::get<Idempotency::Claim>(begin());
  keys.give_up(slow, Written::kNothing);
  EXPECT_EQ(status(begin()), 409) << "it still belongs to the second";
  ASSERT_TRUE(keys.finish(claim, "the second's answer"));
  static_cast<void>(keys.finish(slow, "the first's answer"));
  keys.give_up(slow, Written::kNothing);
  EXPECT_EQ(std::get<Idempotency::Replay>(begin()).answer, "the second's answer");
}

TEST_F(Keys, AreForgottenAfterADay) {
  const auto claim = std::get<Idempotency::Claim>(begin());
  ASSERT_TRUE(keys.finish(claim, "the answer"));
  clock.advance(Idempotency::kRemembered - Milliseconds(60'000));
  EXPECT_EQ(keys.sweep().value(), 0);
  clock.advance(Milliseconds(120'000));
  const auto again = std::get<Idempotency::Claim>(begin("other"));
  EXPECT_NE(again.ids.job, claim.ids.job);
  EXPECT_EQ(keys.sweep().value(), 0) << "it is a new one";
  clock.advance(Idempotency::kRemembered + Milliseconds(1'000));
  EXPECT_EQ(keys.sweep().value(), 1);
  EXPECT_FALSE(real->read(Kind::kIdempotency, key).value());
}

TEST_F(Keys, AreClaimedByOneOfMany) {
  std::atomic<int> claims = 0, refusals = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 16; ++client) {
      clients.emplace_back([&] {
        const auto begun = begin();
        claims += std::holds_alternative<Idempotency::Claim>(begun);
        refusals += status(begun) == 409;
      });
    }
  }
  EXPECT_EQ(claims, 1);
  EXPECT_EQ(refusals, 15);
}

TEST_F(Keys, ThatCannotBeReadAreAnErrorAndNoClaim) {
  ASSERT_TRUE(real->create(Kind::kIdempotency, key, "{\"v\":9}").value());
  const auto begun = keys.begin(key, "same", new_ids());
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, ErrorCode::kBug);
  EXPECT_EQ(keys.sweep().value(), 1);
}

const fakes::Headers kKey{{"Idempotency-Key", "a-key"}};

TEST(AFillWithAKey, IsDoneOnce) {
  TestApi api;
  const std::string session = api.new_session();
  const Answer first = api.fill(session, {}, kKey), second = api.fill(session, {}, kKey);
  ASSERT_EQ(first.status, 202) << first.body;
  ASSERT_EQ(second.status, 202) << second.body;
  EXPECT_EQ(first.header("idempotency-replayed"), "");
  EXPECT_EQ(second.header("idempotency-replayed"), "true");
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(first.header("location"), second.header("location"));
  EXPECT_EQ(api.count(Kind::kJob), 1u);
  EXPECT_EQ(api.real_queue->length().value(), 1);
}

TEST(AFillWithAKey, IsDoneOnceAcrossARestart) {
  TestApi api;
  const std::string session = api.new_session();
  const std::string body = api.fill(session, {}, kKey).body;
  api.restart();
  EXPECT_EQ(api.fill(session, {}, kKey).body, body);
  EXPECT_EQ(api.count(Kind::kJob), 1u);
}

TEST(AFillWithAKey, IsDoneOnceForFiftyClientsAtOnce) {
  TestApi api;
  const std::string session = api.new_session();
  std::mutex mutex;
  std::set<std::string> jobs;
  int in_progress = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 50; ++client) {
      clients.emplace_back([&] {
        const Answer answer = api.fill(session, {}, kKey);
        const std::lock_guard lock(mutex);
        if (answer.status == 202) jobs.insert(answer.json()["jobId"]);
        if (answer.status == 202) return;
        ++in_progress;
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(answer.type(), "idempotency-in-progress");
        EXPECT_NE(answer.header("retry-after"), "");
      });
    }
  }
  EXPECT_EQ(jobs.size(), 1u);
  EXPECT_LT(in_progress, 50);
  EXPECT_EQ(api.count(Kind::kJob), 1u);
  EXPECT_EQ(api.session(session).jobs.size(), 1u);
}

TEST(AFillWithAKey, IsRefusedWhenItAsksForSomethingElse) {
  TestApi api;
  const std::string session = api.new_session();
  ASSERT_EQ(api.fill(session, {{"seed", "7"}}, kKey).status, 202);
  const Answer other = api.fill(session, {{"seed", "8"}}, kKey);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.type(), "idempotency-mismatch");
  const Answer other_mask =
      api.post_form("/v1/sessions/" + session + "/fills",
                    {{"mask", fakes::mask_bytes(10), "m"}, {"seed", "7"}}, kKey);
  EXPECT_EQ(other_mask.status, 422);
  // The same request in another form is the same request.
  EXPECT_EQ(api.fill(session, {{"options", R"({ "seed": 7 })"}}, kKey).status, 202);
  EXPECT_EQ(api.fill(api.new_session(), {{"seed", "9"}}, kKey).status, 202) << "another address";
}

TEST(AFillWithAKey, ThatFailedMayBeCorrected) {
  TestApi api;
  const std::string session = api.new_session();
  EXPECT_EQ(
      api.post_form("/v1/sessions/" + session + "/fills", {{"mask", "bad", "m"}}, kKey).status,
      422);
  EXPECT_EQ(api.fill(session, {}, kKey).status, 202);
}

TEST(AFillWithAKey, MakesOneJobWhenTheStoreFailedInTheMiddle) {
  TestApi api;
  const std::string session = api.new_session();
  api.blobs.trouble.is_down = true;
  EXPECT_EQ(api.fill(session, {}, kKey).status, 503);
  api.blobs.trouble.is_down = false;
  // The answer of a write that took place was lost: the claim is found again.
  api.sessions.trouble.lost_answers = 1;
  EXPECT_EQ(api.fill(session, {}, kKey).status, 202);
  EXPECT_EQ(api.fill(session, {}, kKey).status, 202);
  EXPECT_EQ(api.count(Kind::kJob), 1u);
  EXPECT_EQ(api.session(session).jobs.size(), 1u) << "with the id of the first try";
}

TEST(AFillWithAKey, IsTakenOverFromAProcessThatDied) {
  TestApi api;
  const std::string session = api.new_session();
  const std::string body = api.fill(session, {}, kKey).body;
  // As if it had died before it could write down that it was done.
  const std::string key =
      Idempotency::document_key("", "/v1/sessions/" + session + "/fills", "a-key");
  const Document document = api.real_sessions->read(Kind::kIdempotency, key).value().value();
  Json entry = Json::parse(document.text);
  entry["state"] = "running";
  entry["answer"] = "";
  ASSERT_TRUE(
      api.real_sessions->replace(Kind::kIdempotency, key, entry.dump(), document.revision).value());
  EXPECT_EQ(api.fill(session, {}, kKey).status, 409);
  api.clock.advance(Idempotency::kTakeOver + Milliseconds(1'000));
  EXPECT_EQ(api.fill(session, {}, kKey).body, body);
  EXPECT_EQ(api.count(Kind::kJob), 1u);
  EXPECT_EQ(api.session(session).jobs.size(), 1u);
}

TEST(AFillWithAKey, OfBothMakesOneSession) {
  TestApi api;
  const std::vector<fakes::FormPart> form{{"image", fakes::photo_bytes(), "a"},
                                          {"mask", fakes::mask_bytes(), "b"}};
  const Answer first = api.post_form("/v1/fills", form, kKey);
  ASSERT_EQ(first.status, 202);
  EXPECT_EQ(api.post_form("/v1/fills", form, kKey).body, first.body);
  EXPECT_EQ(api.count(Kind::kSession), 1u);
  EXPECT_EQ(api.count(Kind::kJob), 1u);
}

TEST(AKey, IsVisibleAsciiAndNotLong) {
  TestApi api;
  const std::string session = api.new_session();
  for (const std::string& bad : {std::string("two words"), std::string(256, 'k'),
                                 std::string("\xc3\xa4"), std::string("a\tb")}) {
    const Answer answer = api.fill(session, {}, {{"Idempotency-Key", bad}});
    EXPECT_EQ(answer.status, 400) << bad;
  }
  EXPECT_EQ(api.fill(session, {}, {{"Idempotency-Key", std::string(255, 'k')}}).status, 202);
  EXPECT_EQ(api.fill(session, {}, {{"Idempotency-Key", ""}}).status, 400)
      << "an empty one is a mistake, not none";
  EXPECT_EQ(api.count(Kind::kJob), 1u);
}

}  // namespace
}  // namespace pawfect
