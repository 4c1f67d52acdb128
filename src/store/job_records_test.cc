#include "store/job_records.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "jobs/record_json.h"
#include "jobs/test_jobs.h"
#include "store/sqlite_session_store.h"
#include "store/test_folder.h"
#include "store/test_session.h"

namespace pawfect {
namespace {

// Lets somebody else do something right before each replace and remove.
class BusyStore : public SessionStore {
 public:
  explicit BusyStore(SessionStore& store) : store_(store) {}

  std::function<void()> before_write = [] {};

  Result<std::optional<Document>> read(Kind kind, std::string_view key) override {
    return store_.read(kind, key);
  }
  Result<std::optional<Revision>> create(Kind kind, std::string_view key,
                                         std::string_view text) override {
    return store_.create(kind, key, text);
  }
  Result<std::optional<Revision>> replace(Kind kind, std::string_view key, std::string_view text,
                                          Revision expected) override {
    before_write();
    return store_.replace(kind, key, text, expected);
  }
  Result<void> put(Kind kind, std::string_view key, std::string_view text) override {
    return store_.put(kind, key, text);
  }
  Result<bool> remove(Kind kind, std::string_view key, Revision expected) override {
    before_write();
    return store_.remove(kind, key, expected);
  }
  Result<std::unique_ptr<ChangeFeed>> follow(Kind kind) override { return store_.follow(kind); }
  Result<void> check() override { return store_.check(); }

 private:
  SessionStore& store_;
};

class RecordsInAStore : public testing::Test {
 protected:
  fakes::TestFolder folder{fakes::TestFolder::Where::kMemory};
  fakes::PolicyFixture jobs;
  std::unique_ptr<SqliteSessionStore> store = SqliteSessionStore::open(folder.path()).value();
  BusyStore busy{*store};
  JobRecords records{busy}, others{*store};
  Sessions sessions{busy}, other_sessions{*store};
  JobId id = jobs.record.message.job;
};

TEST_F(RecordsInAStore, AreCreatedOnceAndRead) {
  EXPECT_FALSE(records.read(id).value());
  EXPECT_TRUE(records.create(jobs.record).value());
  EXPECT_FALSE(records.create(jobs.record).value());
  EXPECT_EQ(records.read(id).value(), jobs.record);
  const SessionRecord session = fakes::session_record();
  EXPECT_FALSE(sessions.read(session.id).value());
  EXPECT_TRUE(sessions.create(session).value());
  EXPECT_FALSE(sessions.create(session).value());
  EXPECT_EQ(sessions.read(session.id).value(), session);
}

TEST_F(RecordsInAStore, AreNotChangedWhereThereAreNone) {
  const auto never = [](auto&) -> bool { throw std::logic_error("it is not there"); };
  EXPECT_FALSE(records.change(id, never).value());
  EXPECT_FALSE(sessions.change(fakes::session_id('1'), never).value());
  EXPECT_TRUE(records.remove(id));
  EXPECT_TRUE(sessions.remove(fakes::session_id('1')));
}

TEST_F(RecordsInAStore, AreWrittenOnlyWhenTheyChanged) {
  ASSERT_TRUE(records.create(jobs.record).value());
  ASSERT_TRUE(sessions.create(fakes::session_record()).value());
  busy.before_write = [] { FAIL() << "nothing changed"; };
  EXPECT_EQ(records.change(id, [](JobRecord&) {}).value(), jobs.record);
  const auto same = sessions.change(fakes::session_id('5'), [](SessionRecord&) { return false; });
  EXPECT_EQ(same.value(), fakes::session_record());
}

TEST_F(RecordsInAStore, AreChangedOnTopOfWhatSomebodyQuickerWrote) {
  ASSERT_TRUE(records.create(jobs.record).value());
  int quicker = 3, rounds = 0;
  const auto resend = [](JobRecord& record) {
    ++record.version;
    ++record.resends;
  };
  busy.before_write = [&] {
    if (quicker-- <= 0) return;
    ASSERT_TRUE(others.change(id, resend).value());
  };
  const auto changed = records.change(id, [&](JobRecord& record) {
    ++rounds;
    ++record.version;
    record.replays = 7;
  });
  ASSERT_TRUE(changed && *changed);
  EXPECT_EQ(rounds, 4);
  EXPECT_EQ((*changed)->resends, 3);
  EXPECT_EQ((*changed)->replays, 7);
  EXPECT_EQ(records.read(id).value(), **changed);
}

TEST_F(RecordsInAStore, GiveUpWhenOthersAreAlwaysQuicker) {
  ASSERT_TRUE(sessions.create(fakes::session_record()).value());
  const auto touch = [](SessionRecord& record) {
    ++record.bytes;
    return true;
  };
  busy.before_write = [&] {
    ASSERT_TRUE(other_sessions.change(fakes::session_id('5'), touch).value());
  };
  const auto changed = sessions.change(fakes::session_id('5'), touch);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(sessions.remove(fakes::session_id('5')).error().code, ErrorCode::kUnavailable);
}

TEST_F(RecordsInAStore, AreRemovedInWhateverStateTheyAre) {
  ASSERT_TRUE(records.create(jobs.record).value());
  bool was_quicker = false;
  busy.before_write = [&] {
    if (std::exchange(was_quicker, true)) return;
    ASSERT_TRUE(others.change(id, [](JobRecord& record) { ++record.version; }).value());
  };
  ASSERT_TRUE(records.remove(id));
  EXPECT_FALSE(others.read(id).value());
}

TEST_F(RecordsInAStore, ThatCannotBeReadAreNamed) {
  ASSERT_TRUE(store->create(Kind::kJob, id.text(), "{\"v\":1").value());
  ASSERT_TRUE(store->create(Kind::kSession, fakes::session_id('5').text(), "").value());
  for (const Error& error :
       {records.read(id).error(), records.change(id, [](JobRecord&) {}).error(),
        sessions.read(fakes::session_id('5')).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kBug);
    EXPECT_NE(error.message.find("in the store cannot be read"), std::string::npos);
  }
  EXPECT_NE(records.read(id).error().message.find(id.text()), std::string::npos);
}

TEST_F(RecordsInAStore, LoseNoneOfManyThreadsChanges) {
  constexpr int kThreads = 4, kChanges = 15;
  ASSERT_TRUE(sessions.create(fakes::session_record()).value());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kChanges; ++i) {
          EXPECT_TRUE(sessions.change(fakes::session_id('5'), [](SessionRecord& record) {
            ++record.bytes;
            return true;
          }));
        }
      });
    }
  }
  EXPECT_EQ(sessions.read(fakes::session_id('5')).value()->bytes,
            fakes::session_record().bytes + kThreads * kChanges);
}

}  // namespace
}  // namespace pawfect
