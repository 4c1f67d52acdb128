// The promises of SessionStore (store/session_store.h) as tests, for every adapter alike. An
// adapter's test names its Storage and instantiates the suite:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SessionStoreContract, SqliteStorage);
//
// A Storage is made fresh and empty for each test and has
//   static std::string missing();          empty: it can be tested here; else why not (skipped)
//   std::unique_ptr<SessionStore> open();  a client of its own on the one storage, as if it were of
//                                          another process; again after all were closed, too
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/session_store.h"

namespace pawfect::contract {

// What a feed has told so far: the last of each key, and all revisions in their order.
struct Heard {
  std::map<std::string, Document> last;
  std::vector<Revision> revisions;

  bool has(const std::string& key, const std::string& text) const {
    const auto found = last.find(key);
    return found != last.end() && !found->second.is_removed && found->second.text == text;
  }
  bool has_removed(const std::string& key) const {
    const auto found = last.find(key);
    return found != last.end() && found->second.is_removed;
  }
};

// Listens until `enough` is content; false when it is not within a generous time.
inline bool listen(ChangeFeed& feed, Heard& heard, const std::function<bool()>& enough) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!enough()) {
    if (std::chrono::steady_clock::now() > end) return false;
    const auto changes = feed.next(Milliseconds(200));
    if (!changes) {
      ADD_FAILURE() << changes.error().message;
      return false;
    }
    for (const Document& document : *changes) {
      heard.last[document.key] = document;
      heard.revisions.push_back(document.revision);
    }
  }
  return true;
}

template <typename Storage>
class SessionStoreContract : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Storage::missing(); !why.empty()) GTEST_SKIP() << why;
    storage.emplace();
    store = storage->open();
    other = storage->open();
    ASSERT_TRUE(store && other);
  }

  // The revision that a create gives that must succeed.
  Revision made(Kind kind, std::string_view key, std::string_view text) {
    const auto created = store->create(kind, key, text);
    EXPECT_TRUE(created && *created) << key;
    return created && *created ? **created : 0;
  }
  std::string text_of(SessionStore& from, Kind kind, std::string_view key) {
    const auto document = from.read(kind, key);
    if (!document) return document.error().message;
    return *document ? (*document)->text : "nothing is there";
  }

  bool removes(SessionStore& from, Kind kind, std::string_view key, Revision expected) {
    const auto removed = from.remove(kind, key, expected);
    EXPECT_TRUE(removed) << key;
    return removed.value_or(false);
  }

  std::optional<Storage> storage;
  std::unique_ptr<SessionStore> store, other;
};

TYPED_TEST_SUITE_P(SessionStoreContract);

TYPED_TEST_P(SessionStoreContract, ReadsWhatWasCreated) {
  const auto absent = this->store->read(Kind::kJob, "a");
  ASSERT_TRUE(absent);
  EXPECT_FALSE(*absent);
  const Revision revision = this->made(Kind::kJob, "a", "one");
  EXPECT_GT(revision, 0u);
  for (SessionStore* client : {this->store.get(), this->other.get()}) {
    const auto document = client->read(Kind::kJob, "a");
    ASSERT_TRUE(document && *document);
    EXPECT_EQ((*document)->key, "a");
    EXPECT_EQ((*document)->text, "one");
    EXPECT_EQ((*document)->revision, revision);
    EXPECT_FALSE((*document)->is_removed);
  }
}

TYPED_TEST_P(SessionStoreContract, CreatesAKeyOnlyOnce) {
  this->made(Kind::kJob, "a", "one");
  for (SessionStore* client : {this->store.get(), this->other.get()}) {
    const auto again = client->create(Kind::kJob, "a", "two");
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again);
  }
  EXPECT_EQ(this->text_of(*this->store, Kind::kJob, "a"), "one");
}

TYPED_TEST_P(SessionStoreContract, ReplacesOnlyTheRevisionThatWasRead) {
  const Revision first = this->made(Kind::kSession, "a", "one");
  const auto second = this->other->replace(Kind::kSession, "a", "two", first);
  ASSERT_TRUE(second && *second);
  EXPECT_GT(**second, first);
  const auto late = this->store->replace(Kind::kSession, "a", "three", first);
  ASSERT_TRUE(late);
  EXPECT_FALSE(*late);
  EXPECT_EQ(this->text_of(*this->store, Kind::kSession, "a"), "two");
  const auto nowhere = this->store->replace(Kind::kSession, "b", "one", first);
  ASSERT_TRUE(nowhere);
  EXPECT_FALSE(*nowhere);
  EXPECT_EQ(this->text_of(*this->store, Kind::kSession, "b"), "nothing is there");
}

TYPED_TEST_P(SessionStoreContract, RemovesOnlyTheRevisionThatWasRead) {
  const Revision first = this->made(Kind::kJob, "a", "one");
  const auto second = this->store->replace(Kind::kJob, "a", "two", first);
  ASSERT_TRUE(second && *second);
  EXPECT_FALSE(this->removes(*this->other, Kind::kJob, "a", first));
  EXPECT_EQ(this->text_of(*this->store, Kind::kJob, "a"), "two");
  EXPECT_TRUE(this->removes(*this->other, Kind::kJob, "a", **second));
  EXPECT_EQ(this->text_of(*this->store, Kind::kJob, "a"), "nothing is there");
  EXPECT_TRUE(this->removes(*this->store, Kind::kJob, "a", **second));
  EXPECT_TRUE(this->removes(*this->store, Kind::kJob, "b", 1));
}

TYPED_TEST_P(SessionStoreContract, MakesARemovedKeyAnewUnderAHigherRevision) {
  const Revision first = this->made(Kind::kJob, "a", "one");
  ASSERT_TRUE(this->removes(*this->store, Kind::kJob, "a", first));
  const auto late = this->store->replace(Kind::kJob, "a", "late", first);
  ASSERT_TRUE(late);
  EXPECT_FALSE(*late);
  EXPECT_GT(this->made(Kind::kJob, "a", "two"), first);
  EXPECT_FALSE(this->removes(*this->store, Kind::kJob, "a", first));
  EXPECT_EQ(this->text_of(*this->other, Kind::kJob, "a"), "two");
}

TYPED_TEST_P(SessionStoreContract, RaisesTheRevisionOverAllKeysOfAKind) {
  Revision last = 0;
  for (const char* key : {"a", "b", "c"}) {
    const Revision revision = this->made(Kind::kJob, key, "one");
    EXPECT_GT(revision, last);
    last = revision;
  }
  const auto a = this->store->read(Kind::kJob, "a");
  ASSERT_TRUE(a && *a);
  const auto replaced = this->other->replace(Kind::kJob, "a", "two", (*a)->revision);
  ASSERT_TRUE(replaced && *replaced);
  EXPECT_GT(**replaced, last);
}

TYPED_TEST_P(SessionStoreContract, PutsOverWhateverIsThere) {
  for (const Kind kind : {Kind::kReport, Kind::kProgress}) {
    ASSERT_TRUE(this->store->put(kind, "a", "one"));
    EXPECT_EQ(this->text_of(*this->store, kind, "a"), "one");
    ASSERT_TRUE(this->other->put(kind, "a", "two"));
    EXPECT_EQ(this->text_of(*this->store, kind, "a"), "two");
    const auto document = this->store->read(kind, "a");
    ASSERT_TRUE(document && *document);
    EXPECT_TRUE(this->removes(*this->store, kind, "a", (*document)->revision));
    EXPECT_EQ(this->text_of(*this->other, kind, "a"), "nothing is there");
  }
}

TYPED_TEST_P(SessionStoreContract, KeepsTheKindsApart) {
  for (const Kind kind : kEveryKind) this->made(kind, "same", kind_name(kind));
  for (const Kind kind : kEveryKind)
    EXPECT_EQ(this->text_of(*this->other, kind, "same"), kind_name(kind));
  for (const Kind kind : kEveryKind) {
    auto feed = this->store->follow(kind);
    ASSERT_TRUE(feed);
    const auto all = (*feed)->next(Milliseconds(0));
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1u);
    EXPECT_EQ(all->front().text, kind_name(kind));
  }
}

TYPED_TEST_P(SessionStoreContract, KeepsEveryByteOfAText) {
  using namespace std::string_literals;
  std::string large(SessionStore::kMostTextBytes, ' ');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7919 >> 3);
  const std::vector<std::string> texts{"", "Fellgr\u00f6\u00dfe \u72ac \U0001F415",
                                       "with \"quotes\" and 'others'\r\n\t\\", "a\0b"s, large};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string key = "text-" + std::to_string(i);
    const Revision revision = this->made(Kind::kReport, key, texts[i]);
    EXPECT_TRUE(this->text_of(*this->other, Kind::kReport, key) == texts[i]) << key;
    const auto replaced = this->store->replace(Kind::kReport, key, texts[i], revision);
    EXPECT_TRUE(replaced && *replaced) << key;
    ASSERT_TRUE(this->store->put(Kind::kReport, key, texts[i])) << key;
    EXPECT_TRUE(this->text_of(*this->other, Kind::kReport, key) == texts[i]) << key;
  }
  auto feed = this->store->follow(Kind::kReport);
  ASSERT_TRUE(feed);
  Heard heard;
  EXPECT_TRUE(listen(**feed, heard, [&] { return heard.last.size() == texts.size(); }));
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_TRUE(heard.has("text-" + std::to_string(i), texts[i])) << i;
}

TYPED_TEST_P(SessionStoreContract, RefusesKeysAndTextsThatAreNone) {
  const auto is_bug = [](const auto& result) {
    return !result && result.error().code == ErrorCode::kBug && !result.error().message.empty();
  };
  SessionStore& client = *this->store;
  for (const std::string& key :
       {std::string(), std::string("A"), std::string("a/b"), std::string("a b"), std::string("a*"),
        std::string(">"), std::string("\u00e4"), std::string("a\0", 2), std::string(101, 'a')}) {
    EXPECT_TRUE(is_bug(client.read(Kind::kJob, key))) << key;
    EXPECT_TRUE(is_bug(client.create(Kind::kJob, key, "one"))) << key;
    EXPECT_TRUE(is_bug(client.replace(Kind::kJob, key, "one", 1))) << key;
    EXPECT_TRUE(is_bug(client.put(Kind::kReport, key, "one"))) << key;
    EXPECT_TRUE(is_bug(client.remove(Kind::kJob, key, 1))) << key;
  }
  const std::string longest = "az09._-" + std::string(93, 'k');
  this->made(Kind::kJob, longest, "one");
  EXPECT_EQ(this->text_of(client, Kind::kJob, longest), "one");
  const std::string too_much(SessionStore::kMostTextBytes + 1, 'x');
  EXPECT_TRUE(is_bug(client.create(Kind::kJob, "b", too_much)));
  EXPECT_TRUE(is_bug(client.put(Kind::kReport, "b", too_much)));
}

TYPED_TEST_P(SessionStoreContract, LetsExactlyOneOfManyWritersWinARevision) {
  constexpr int kWriters = 4, kRounds = 10;
  this->made(Kind::kJob, "race", "none");
  std::vector<std::unique_ptr<SessionStore>> clients;
  for (int i = 0; i < kWriters; ++i) clients.push_back(this->storage->open());
  std::vector<std::atomic<int>> won(kRounds), created(kRounds);
  std::barrier together(kWriters);
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        // Two threads on one client, and clients against each other.
        SessionStore& client = *clients[static_cast<std::size_t>(i / 2)];
        for (std::size_t round = 0; round < kRounds; ++round) {
          const auto seen = client.read(Kind::kJob, "race");
          together.arrive_and_wait();
          if (seen && *seen) {
            const auto written =
                client.replace(Kind::kJob, "race", std::to_string(i), (*seen)->revision);
            EXPECT_TRUE(written);
            if (written && *written) ++won[round];
          }
          const auto made = client.create(Kind::kSession, "race-" + std::to_string(round), "");
          EXPECT_TRUE(made);
          if (made && *made) ++created[round];
          together.arrive_and_wait();
        }
      });
    }
  }
  for (std::size_t round = 0; round < kRounds; ++round) {
    EXPECT_EQ(won[round], 1) << round;
    EXPECT_EQ(created[round], 1) << round;
  }
}

TYPED_TEST_P(SessionStoreContract, LosesNoneOfManyChangesByCompareAndSet) {
  constexpr int kWriters = 4, kChanges = 15;
  this->made(Kind::kJob, "count", "0");
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        SessionStore& client = i % 2 == 0 ? *this->store : *this->other;
        for (int done = 0; done < kChanges;) {
          const auto seen = client.read(Kind::kJob, "count");
          if (!seen || !*seen) return;
          const std::string next = std::to_string(std::stoi((*seen)->text) + 1);
          const auto written = client.replace(Kind::kJob, "count", next, (*seen)->revision);
          if (!written) return;
          if (*written) ++done;
        }
      });
    }
  }
  EXPECT_EQ(this->text_of(*this->store, Kind::kJob, "count"), std::to_string(kWriters * kChanges));
}

TYPED_TEST_P(SessionStoreContract, FollowsFromEverythingThatIsThere) {
  this->made(Kind::kJob, "a", "one");
  const Revision b = this->made(Kind::kJob, "b", "one");
  this->made(Kind::kJob, "c", "one");
  ASSERT_TRUE(this->removes(*this->store, Kind::kJob, "b", b));
  auto feed = this->other->follow(Kind::kJob);
  ASSERT_TRUE(feed);
  Heard heard;
  EXPECT_TRUE(
      listen(**feed, heard, [&] { return heard.has("a", "one") && heard.has("c", "one"); }));
  EXPECT_FALSE(heard.has("b", "one"));
}

TYPED_TEST_P(SessionStoreContract, DoesNotWaitInTheFirstLookAtNothing) {
  auto feed = this->store->follow(Kind::kJob);
  ASSERT_TRUE(feed);
  // With a wait that would outlast every time limit of a test.
  const auto nothing = (*feed)->next(Milliseconds(3'600'000));
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->empty());
}

TYPED_TEST_P(SessionStoreContract, TellsFollowersWhatAnyClientWrites) {
  auto feed = this->store->follow(Kind::kJob);
  ASSERT_TRUE(feed);
  Heard heard;
  SessionStore& writer = *this->other;
  const Revision own = this->made(Kind::kJob, "own", "one");
  const auto first = writer.create(Kind::kJob, "a", "one");
  ASSERT_TRUE(first && *first);
  EXPECT_TRUE(
      listen(**feed, heard, [&] { return heard.has("own", "one") && heard.has("a", "one"); }));
  const auto second = writer.replace(Kind::kJob, "a", "two", **first);
  ASSERT_TRUE(second && *second);
  EXPECT_TRUE(listen(**feed, heard, [&] { return heard.has("a", "two"); }));
  EXPECT_EQ(heard.last.at("a").revision, **second);
  ASSERT_TRUE(this->removes(writer, Kind::kJob, "a", **second));
  ASSERT_TRUE(this->removes(*this->store, Kind::kJob, "own", own));
  EXPECT_TRUE(
      listen(**feed, heard, [&] { return heard.has_removed("a") && heard.has_removed("own"); }));
  EXPECT_TRUE(heard.last.at("a").text.empty());
  EXPECT_TRUE(writer.create(Kind::kJob, "a", "anew").value());
  EXPECT_TRUE(listen(**feed, heard, [&] { return heard.has("a", "anew"); }));
  EXPECT_TRUE(std::ranges::is_sorted(heard.revisions));
  EXPECT_EQ(std::set(heard.revisions.begin(), heard.revisions.end()).size(),
            heard.revisions.size());
}

TYPED_TEST_P(SessionStoreContract, TellsFollowersWhatIsPut) {
  for (const Kind kind : {Kind::kReport, Kind::kProgress}) {
    auto feed = this->store->follow(kind);
    ASSERT_TRUE(feed);
    Heard heard;
    for (const std::string text : {"one", "two"}) {
      ASSERT_TRUE(this->other->put(kind, "a", text));
      EXPECT_TRUE(listen(**feed, heard, [&] { return heard.has("a", text); }));
    }
  }
}

TYPED_TEST_P(SessionStoreContract, WakesAFollowerThatWaits) {
  auto feed = this->store->follow(Kind::kJob);
  ASSERT_TRUE(feed && (*feed)->next(Milliseconds(0)));
  for (SessionStore* writer : {this->store.get(), this->other.get()}) {
    const std::string key = writer == this->store.get() ? "own" : "others";
    std::jthread later([&] { EXPECT_TRUE(writer->create(Kind::kJob, key, "one")); });
    Heard heard;
    EXPECT_TRUE(listen(**feed, heard, [&] { return heard.has(key, "one"); }));
  }
}

TYPED_TEST_P(SessionStoreContract, LosesNothingUnderAFollowerWhileManyWrite) {
  constexpr int kWriters = 4, kKeys = 20;
  auto feed = this->store->follow(Kind::kJob);
  ASSERT_TRUE(feed);
  std::vector<std::jthread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      SessionStore& client = i % 2 == 0 ? *this->store : *this->other;
      for (int k = 0; k < kKeys; ++k) {
        const std::string key = std::to_string(i) + "-" + std::to_string(k);
        const auto made = client.create(Kind::kJob, key, "one");
        ASSERT_TRUE(made && *made);
        EXPECT_TRUE(client.replace(Kind::kJob, key, "two", **made));
      }
    });
  }
  Heard heard;
  EXPECT_TRUE(listen(**feed, heard, [&] {
    return heard.last.size() == kWriters * kKeys &&
           std::ranges::all_of(heard.last, [](const auto& e) { return e.second.text == "two"; });
  }));
  EXPECT_TRUE(std::ranges::is_sorted(heard.revisions));
}

TYPED_TEST_P(SessionStoreContract, KeepsWhatLastsWhenAllClientsHaveGone) {
  const Revision revision = this->made(Kind::kSession, "a", "one");
  const Revision gone = this->made(Kind::kSession, "b", "one");
  ASSERT_TRUE(this->removes(*this->store, Kind::kSession, "b", gone));
  this->store.reset();
  this->other.reset();
  this->store = this->storage->open();
  const auto document = this->store->read(Kind::kSession, "a");
  ASSERT_TRUE(document && *document);
  EXPECT_EQ((*document)->text, "one");
  EXPECT_EQ((*document)->revision, revision);
  EXPECT_EQ(this->text_of(*this->store, Kind::kSession, "b"), "nothing is there");
  EXPECT_GT(this->made(Kind::kSession, "b", "two"), gone);
}

TYPED_TEST_P(SessionStoreContract, IsReadyWhenAWriteWouldWork) {
  EXPECT_TRUE(this->store->check());
  EXPECT_TRUE(this->other->check());
}

REGISTER_TYPED_TEST_SUITE_P(SessionStoreContract, ReadsWhatWasCreated, CreatesAKeyOnlyOnce,
                            ReplacesOnlyTheRevisionThatWasRead, RemovesOnlyTheRevisionThatWasRead,
                            MakesARemovedKeyAnewUnderAHigherRevision,
                            RaisesTheRevisionOverAllKeysOfAKind, PutsOverWhateverIsThere,
                            KeepsTheKindsApart, KeepsEveryByteOfAText,
                            RefusesKeysAndTextsThatAreNone, LetsExactlyOneOfManyWritersWinARevision,
                            LosesNoneOfManyChangesByCompareAndSet, FollowsFromEverythingThatIsThere,
                            DoesNotWaitInTheFirstLookAtNothing, TellsFollowersWhatAnyClientWrites,
                            TellsFollowersWhatIsPut, WakesAFollowerThatWaits,
                            LosesNothingUnderAFollowerWhileManyWrite,
                            KeepsWhatLastsWhenAllClientsHaveGone, IsReadyWhenAWriteWouldWork);

}  // namespace pawfect::contract
