// The adapters on JetStream while their server is killed, held still or made to forget.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jobs/test_jobs.h"
#include "store/test_nats_client.h"
#include "store/test_nats_server.h"

namespace pawfect {
namespace {

using fakes::TestNatsClient;
using fakes::TestNatsServer;

constexpr Milliseconds kNoDelay{0};

JobMessage message_of(int number) {
  JobMessage message = fakes::job_message();
  message.job = JobId::from(fmt::format("{:032x}", number)).value();
  return message;
}

class NatsOutage : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = TestNatsServer::missing(); !why.empty()) GTEST_SKIP() << why;
    server = std::make_unique<TestNatsServer>();
  }

  TestNatsClient client(Milliseconds wait = Milliseconds(1'000),
                        Milliseconds removed_are_kept = Milliseconds(3'600'000)) {
    NatsSetup setup;
    setup.urls = server->url();
    setup.wait = wait;
    return TestNatsClient::open(setup, removed_are_kept).value();
  }

  // Within a generous time.
  static bool comes_true(const std::function<bool()>& what) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!what()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(Milliseconds(20));
    }
    return true;
  }
  static bool is_back(TestNatsClient& of) {
    return comes_true([&] { return of.queue->check() && of.sessions->check(); });
  }
  static Result<std::optional<Delivery>> taken(JobQueue& queue) {
    Result<std::optional<Delivery>> delivery = std::nullopt;
    comes_true([&] {
      delivery = queue.take(Milliseconds(500));
      return delivery && *delivery;
    });
    return delivery;
  }

  // What a feed tells, errors passed over, until `enough` is content.
  static bool hears(ChangeFeed& feed, std::map<std::string, Document>& last,
                    const std::function<bool()>& enough) {
    return comes_true([&] {
      const auto changes = feed.next(Milliseconds(100));
      if (changes)
        for (const Document& document : *changes) last[document.key] = document;
      return enough();
    });
  }

  // Every call, by name, of which each must fail now; without an error: the empty text.
  static std::map<std::string, Result<void>> all_calls(TestNatsClient& of, ChangeFeed& feed,
                                                       const Delivery& delivery) {
    const auto outcome = [](const auto& result) {
      return result ? Result<void>() : Result<void>(std::unexpected(result.error()));
    };
    JobQueue& queue = *of.queue;
    SessionStore& sessions = *of.sessions;
    return {
        {"put", queue.put(message_of(2), kNoDelay, "2")},
        {"take", outcome(queue.take(Milliseconds(200)))},
        {"acknowledge", queue.acknowledge(delivery)},
        {"put_back", queue.put_back(delivery, kNoDelay, delivery.message)},
        {"extend", queue.extend(delivery)},
        {"send_letter", queue.send_letter({message_of(3), "a damaged photo", {}}, "3")},
        {"letters", outcome(queue.letters(10))},
        {"remove_letter", queue.remove_letter("1")},
        {"length", outcome(queue.length())},
        {"check of the queue", queue.check()},
        {"read", outcome(sessions.read(Kind::kJob, "a"))},
        {"create", outcome(sessions.create(Kind::kJob, "b", "one"))},
        {"replace", outcome(sessions.replace(Kind::kJob, "a", "two", 1))},
        {"put of a report", sessions.put(Kind::kReport, "a", "one")},
        {"remove", outcome(sessions.remove(Kind::kJob, "a", 1))},
        {"check of the sessions", sessions.check()},
        {"next", outcome(feed.next(Milliseconds(200)))},
    };
  }
  static void expect_unavailable(const std::map<std::string, Result<void>>& outcomes) {
    for (const auto& [name, outcome] : outcomes) {
      ASSERT_FALSE(outcome) << name;
      EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable) << name;
      EXPECT_NE(outcome.error().message.find("nats://127.0.0.1"), std::string::npos) << name;
    }
  }

  std::unique_ptr<TestNatsServer> server;
};

TEST_F(NatsOutage, KeepsEverythingConfirmedWhenTheServerIsKilledInTheMiddleOfIt) {
  TestNatsClient writer = client();
  std::atomic<int> put = 0, created = 0;
  {
    std::jthread puts([&] {
      while (writer.queue->put(message_of(put), kNoDelay, std::to_string(put))) ++put;
    });
    std::jthread creates([&] {
      while (writer.sessions->create(Kind::kJob, std::to_string(created), "one")) ++created;
    });
    EXPECT_TRUE(comes_true([&] { return put > 50 && created > 50; }));
    server->kill();
  }
  server->start();
  ASSERT_TRUE(is_back(writer));
  std::set<std::string> jobs;
  while (int(jobs.size()) < put) {
    const auto delivery = taken(*writer.queue);
    ASSERT_TRUE(delivery && *delivery) << jobs.size() << " of " << put;
    if ((*delivery)->message.job != message_of(put).job)  // the one that was not confirmed
      jobs.insert((*delivery)->message.job.text());
    EXPECT_TRUE(writer.queue->acknowledge(**delivery));
  }
  for (int i = 0; i < created; ++i) {
    const auto document = writer.sessions->read(Kind::kJob, std::to_string(i));
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_TRUE(*document) << i;
  }
}

TEST_F(NatsOutage, EveryCallFailsWhileTheServerIsAwayAndGoesOnByItselfAfterwards) {
  TestNatsClient one = client();
  ASSERT_TRUE(one.queue->put(message_of(1), kNoDelay, "1"));
  ASSERT_TRUE(one.sessions->create(Kind::kJob, "a", "one").value());
  auto feed = one.sessions->follow(Kind::kJob).value();
  ASSERT_TRUE(feed->next(kNoDelay));
  const auto delivery = taken(*one.queue);
  ASSERT_TRUE(delivery && *delivery);
  server->kill();
  expect_unavailable(all_calls(one, *feed, **delivery));
  server->start();
  ASSERT_TRUE(is_back(one));
  // The acknowledgement was lost: the message comes again.
  const auto again = taken(*one.queue);
  ASSERT_TRUE(again && *again);
  EXPECT_EQ((*again)->message, message_of(1));
  EXPECT_TRUE(one.queue->acknowledge(**again));
  EXPECT_TRUE(one.queue->acknowledge(**delivery));
  // Nothing that failed came later.
  EXPECT_EQ(one.queue->length().value_or(-1), 0);
  EXPECT_TRUE(one.queue->letters(10).value().empty());
  EXPECT_FALSE(one.sessions->read(Kind::kJob, "b").value());
}

TEST_F(NatsOutage, EveryCallFailsInItsTimeWhenTheServerHangs) {
  TestNatsClient one = client(Milliseconds(100));
  ASSERT_TRUE(one.queue->put(message_of(1), kNoDelay, "1"));
  ASSERT_TRUE(one.sessions->create(Kind::kJob, "a", "one").value());
  auto feed = one.sessions->follow(Kind::kJob).value();
  ASSERT_TRUE(feed->next(kNoDelay));
  const auto delivery = taken(*one.queue);
  ASSERT_TRUE(delivery && *delivery);
  server->hold_still();
  auto outcomes = all_calls(one, *feed, **delivery);
  // These two cannot tell silence from nothing at once.
  outcomes.erase("take");
  outcomes.erase("next");
  expect_unavailable(outcomes);
  EXPECT_TRUE(comes_true([&] { return !feed->next(Milliseconds(100)); }));
  server->go_on();
  ASSERT_TRUE(is_back(one));
  EXPECT_TRUE(comes_true([&] { return feed->next(kNoDelay).has_value(); }));
}

TEST_F(NatsOutage, AFeedMissesNothingWhenTheServerComesAndGoes) {
  TestNatsClient follower = client(), writer = client();
  auto feed = follower.sessions->follow(Kind::kJob).value();
  const Revision first = writer.sessions->create(Kind::kJob, "gone", "one").value().value();
  std::map<std::string, Document> last;
  for (int round = 0; round < 3; ++round) {
    const std::string before = fmt::format("before-{}", round);
    const std::string after = fmt::format("after-{}", round);
    ASSERT_TRUE(writer.sessions->create(Kind::kJob, before, "one"));
    if (round == 1) {
      EXPECT_TRUE(hears(*feed, last, [&] { return last.contains(before); }));
    }
    if (round == 2) {
      server->stop();
    } else {
      server->kill();
    }
    server->start();
    ASSERT_TRUE(is_back(writer));
    EXPECT_TRUE(writer.sessions->create(Kind::kJob, after, "one"));
    if (round == 1) {
      EXPECT_TRUE(writer.sessions->remove(Kind::kJob, "gone", first).value());
    }
    EXPECT_TRUE(hears(*feed, last, [&] { return last.contains(before) && last.contains(after); }));
  }
  EXPECT_TRUE(hears(*feed, last, [&] { return last.at("gone").is_removed; }));
}

TEST_F(NatsOutage, AFeedGoesOnWhenTheServerForgetsItsConsumer) {
  TestNatsClient one = client();
  auto feed = one.sessions->follow(Kind::kJob).value();
  ASSERT_TRUE(feed->next(kNoDelay));
  jsCtx* jetstream = one.connection->jetstream();
  jsConsumerNamesList* names = nullptr;
  ASSERT_EQ(js_ConsumerNames(&names, jetstream, "KV_pets_job", nullptr, nullptr), NATS_OK);
  ASSERT_EQ(names->Count, 1);
  EXPECT_EQ(js_DeleteConsumer(jetstream, "KV_pets_job", names->List[0], nullptr, nullptr), NATS_OK);
  jsConsumerNamesList_Destroy(names);
  ASSERT_TRUE(one.sessions->create(Kind::kJob, "a", "one").value());
  std::map<std::string, Document> last;
  EXPECT_TRUE(hears(*feed, last, [&] { return last.contains("a"); }));
}

TEST_F(NatsOutage, AFeedOfWhatIsOnlyInMemoryBeginsAnewWithTheServer) {
  TestNatsClient one = client();
  auto feed = one.sessions->follow(Kind::kProgress).value();
  std::map<std::string, Document> last;
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(one.sessions->put(Kind::kProgress, key, "1"));
  EXPECT_TRUE(hears(*feed, last, [&] { return last.size() == 3; }));
  server->kill();
  server->start();
  ASSERT_TRUE(is_back(one));
  ASSERT_TRUE(one.sessions->put(Kind::kProgress, "d", "1"));
  EXPECT_TRUE(hears(*feed, last, [&] { return last.contains("d"); }));
}

TEST_F(NatsOutage, WhatIsOnlyInMemoryIsGoneWithTheServerAndNoError) {
  TestNatsClient one = client();
  ASSERT_TRUE(one.sessions->put(Kind::kProgress, "a", "1"));
  server->kill();
  server->start();
  ASSERT_TRUE(is_back(one));
  const auto gone = one.sessions->read(Kind::kProgress, "a");
  ASSERT_TRUE(gone) << gone.error().message;
  EXPECT_FALSE(*gone);
  EXPECT_TRUE(one.sessions->put(Kind::kProgress, "a", "2"));
  EXPECT_EQ(one.sessions->read(Kind::kProgress, "a").value()->text, "2");
}

TEST_F(NatsOutage, ABucketThatSomebodyDeletedDoesNotLookEmpty) {
  TestNatsClient one = client();
  ASSERT_EQ(js_DeleteStream(one.connection->jetstream(), "KV_pets_job", nullptr, nullptr), NATS_OK);
  const auto document = one.sessions->read(Kind::kJob, "a");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(one.sessions->create(Kind::kJob, "a", "one"));
  EXPECT_FALSE(one.sessions->check());
}

TEST_F(NatsOutage, RemovingALetterThatIsNotThereIsNoError) {
  TestNatsClient one = client();
  ASSERT_TRUE(one.queue->send_letter({message_of(1), "a damaged photo", {}}, "1"));
  const auto letters = one.queue->letters(10);
  ASSERT_TRUE(letters && letters->size() == 1);
  for (const std::string& name :
       {letters->front().name, letters->front().name, std::string("1000"), std::string("none")}) {
    const auto removed = one.queue->remove_letter(name);
    EXPECT_TRUE(removed) << name << ": " << removed.error().message;
  }
  EXPECT_TRUE(one.queue->letters(10).value().empty());
}

TEST_F(NatsOutage, GoesOnOverAnotherConnectionWhenTheServerComplainedAndCnatsGaveUp) {
  TestNatsClient one = client(Milliseconds(200)), writer = client();
  auto feed = one.sessions->follow(Kind::kJob).value();
  ASSERT_TRUE(feed->next(kNoDelay));
  ASSERT_TRUE(one.queue->put(message_of(1), kNoDelay, "1"));
  const auto delivery = taken(*one.queue);
  ASSERT_TRUE(delivery && *delivery);
  const std::uint64_t before = one.connection->generation();
  // The server finds an empty message, and then a command that it does not know.
  EXPECT_NE(js_Publish(nullptr, one.connection->jetstream(), "a 0\r\n\r\nNONSENSE", "", 0, nullptr,
                       nullptr),
            NATS_OK);
  ASSERT_TRUE(writer.sessions->create(Kind::kJob, "a", "one").value());
  ASSERT_TRUE(is_back(one));
  EXPECT_GT(one.connection->generation() >> 32, before >> 32);
  std::map<std::string, Document> last;
  EXPECT_TRUE(hears(*feed, last, [&] { return last.contains("a"); }));
  EXPECT_TRUE(one.queue->acknowledge(**delivery));
  ASSERT_TRUE(one.queue->put(message_of(2), kNoDelay, "2"));
  const auto next = taken(*one.queue);
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->message, message_of(2));
}

TEST_F(NatsOutage, AQueueGoesOnWhenTheServerForgetsItsConsumer) {
  TestNatsClient one = client();
  EXPECT_EQ(
      js_DeleteConsumer(one.connection->jetstream(), "pets_JOBS", "pets_workers", nullptr, nullptr),
      NATS_OK);
  ASSERT_TRUE(one.queue->put(message_of(1), kNoDelay, "1"));
  const auto delivery = taken(*one.queue);
  ASSERT_TRUE(delivery && *delivery);
  EXPECT_TRUE(one.queue->acknowledge(**delivery));
  EXPECT_EQ(one.queue->length().value_or(-1), 0);
}

TEST_F(NatsOutage, AnotherLeaseThanTheLastOneIsTakenOver) {
  const TestNatsClient one = client();
  const auto longer = NatsQueue::open(*one.connection, TestNatsClient::kLease * 3);
  ASSERT_TRUE(longer) << longer.error().message;
  jsConsumerInfo* info = nullptr;
  ASSERT_EQ(js_GetConsumerInfo(&info, one.connection->jetstream(), "pets_JOBS", "pets_workers",
                               nullptr, nullptr),
            NATS_OK);
  EXPECT_EQ(info->Config->AckWait, TestNatsClient::kLease.count() * 3 * 1'000'000);
  jsConsumerInfo_Destroy(info);
}

TEST_F(NatsOutage, MarksOfRemovalsGoWhenTheyAreOldEnough) {
  TestNatsClient keeps = client(), clears = client(Milliseconds(1'000), Milliseconds(0));
  for (const char* key : {"stays", "goes", "returns"}) {
    const auto made = keeps.sessions->create(Kind::kJob, key, "one");
    ASSERT_TRUE(made && *made);
    if (std::string_view(key) == "stays") continue;
    ASSERT_TRUE(keeps.sessions->remove(Kind::kJob, key, **made).value());
  }
  const auto marks = [&] {
    const auto info = keeps.connection->stream_info("KV_pets_job");
    return info ? int((*info)->State.Msgs) : -1;
  };
  ASSERT_TRUE(keeps.sessions->purge_removed(Kind::kJob));
  EXPECT_EQ(marks(), 3);
  ASSERT_TRUE(keeps.sessions->create(Kind::kJob, "returns", "two").value());
  const auto cleared = clears.sessions->purge_removed(Kind::kJob);
  ASSERT_TRUE(cleared) << cleared.error().message;
  EXPECT_EQ(marks(), 2);
  EXPECT_EQ(keeps.sessions->read(Kind::kJob, "stays").value()->text, "one");
  EXPECT_EQ(keeps.sessions->read(Kind::kJob, "returns").value()->text, "two");
  EXPECT_TRUE(keeps.sessions->create(Kind::kJob, "goes", "two").value());
}

TEST_F(NatsOutage, AFeedDoesNotWaitForWhatIsNotThereAnyMore) {
  TestNatsClient one = client(Milliseconds(1'000), Milliseconds(0));
  const auto made = one.sessions->create(Kind::kJob, "a", "one");
  ASSERT_TRUE(made && *made);
  ASSERT_TRUE(one.sessions->remove(Kind::kJob, "a", **made).value());
  ASSERT_TRUE(one.sessions->purge_removed(Kind::kJob));
  auto feed = one.sessions->follow(Kind::kJob).value();
  // With a wait that would outlast every time limit of a test.
  const auto nothing = feed->next(Milliseconds(3'600'000));
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->empty());
}

TEST(NatsConnection, TellsNobodyThePasswordWhenItCannotConnect) {
  const std::string where = fmt::format("127.0.0.1:{}", fakes::free_port());
  NatsSetup setup;
  setup.urls = "nats://me:secret@" + where;
  const auto connection = NatsConnection::open(setup);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(connection.error().message.find("nats://" + where), std::string::npos)
      << connection.error().message;
  EXPECT_EQ(connection.error().message.find("secret"), std::string::npos);
}

TEST(NatsConnection, RefusesUrlsAndCredentialsThatAreNone) {
  for (const char* urls : {"", " , "}) {
    NatsSetup setup;
    setup.urls = urls;
    const auto connection = NatsConnection::open(setup);
    ASSERT_FALSE(connection) << urls;
    EXPECT_EQ(connection.error().code, ErrorCode::kUsage) << urls;
  }
  NatsSetup setup;
  setup.urls = fmt::format("nats://127.0.0.1:{}", fakes::free_port());
  setup.credentials = "/nowhere/at/all";
  const auto connection = NatsConnection::open(setup);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, ErrorCode::kUsage);
  EXPECT_NE(connection.error().message.find("/nowhere/at/all"), std::string::npos)
      << connection.error().message;
}

}  // namespace
}  // namespace pawfect
