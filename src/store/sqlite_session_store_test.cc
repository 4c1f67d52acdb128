#include "store/sqlite_session_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "store/test_folder.h"
#include "store/test_process.h"

namespace pawfect {
namespace {

class ASqliteSessionStore : public testing::Test {
 protected:
  static int rows(const std::filesystem::path& file, const std::string& condition) {
    const SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
    SQLite::Statement count(database, "SELECT COUNT(*) FROM document WHERE " + condition);
    count.executeStep();
    return count.getColumn(0).getInt();
  }

  fakes::TestFolder folder;
  std::unique_ptr<SqliteSessionStore> store = SqliteSessionStore::open(folder.path()).value();
};

TEST_F(ASqliteSessionStore, ForgetsRemovedDocumentsAfterManyWrites) {
  for (int i = 0; i < 3; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_TRUE(store->put(Kind::kProgress, key, "text"));
    const auto document = store->read(Kind::kProgress, key);
    ASSERT_TRUE(document && *document);
    ASSERT_TRUE(store->remove(Kind::kProgress, key, (*document)->revision).value());
  }
  const std::filesystem::path file = folder.path() / "live.db";
  EXPECT_EQ(rows(file, "text IS NULL"), 3);
  for (int i = 0; i < 10'200; ++i) ASSERT_TRUE(store->put(Kind::kProgress, "busy", ""));
  EXPECT_EQ(rows(file, "text IS NULL"), 0);
  EXPECT_EQ(rows(file, "text IS NOT NULL"), 1);
}

TEST_F(ASqliteSessionStore, GivesAFollowerLargeDocumentsFewAtATime) {
  const std::string large(SessionStore::kMostTextBytes, 'x');
  constexpr int kDocuments = 30;
  for (int i = 0; i < kDocuments; ++i)
    ASSERT_TRUE(store->put(Kind::kProgress, std::to_string(i), large));
  const auto feed = store->follow(Kind::kProgress).value();
  std::size_t heard = 0;
  while (heard < kDocuments) {
    const auto some = feed->next(Milliseconds(0));
    ASSERT_TRUE(some);
    ASSERT_FALSE(some->empty());
    EXPECT_LE(some->size(), 15u);  // of 600 KiB each
    heard += some->size();
  }
  EXPECT_EQ(heard, std::size_t{kDocuments});
}

TEST_F(ASqliteSessionStore, KeepsTheRestWhenItsLiveDatabaseIsDamaged) {
  ASSERT_TRUE(store->create(Kind::kJob, "a", "one").value());
  ASSERT_TRUE(store->put(Kind::kProgress, "a", "half"));
  store.reset();
  std::ofstream(folder.path() / "live.db", std::ios::binary) << std::string(10'000, 'x');
  auto opened = SqliteSessionStore::open(folder.path());
  ASSERT_TRUE(opened) << opened.error().message;
  store = std::move(*opened);
  EXPECT_EQ(store->read(Kind::kJob, "a").value()->text, "one");
  EXPECT_FALSE(store->read(Kind::kProgress, "a").value());
  EXPECT_TRUE(store->put(Kind::kProgress, "a", "whole"));
}

TEST_F(ASqliteSessionStore, TellsAFollowerOfATroubleAndGoesOnAfterIt) {
  const auto feed = store->follow(Kind::kJob).value();
  ASSERT_TRUE(store->create(Kind::kJob, "a", "one").value());
  {
    // Somebody takes the table away, and puts it back.
    SQLite::Database database((folder.path() / "sessions.db").string(), SQLite::OPEN_READWRITE);
    database.exec("ALTER TABLE document RENAME TO away");
    const auto trouble = feed->next(Milliseconds(0));
    ASSERT_FALSE(trouble);
    EXPECT_EQ(trouble.error().code, ErrorCode::kUnavailable);
    database.exec("ALTER TABLE away RENAME TO document");
  }
  const auto heard = feed->next(Milliseconds(0));
  ASSERT_TRUE(heard) << heard.error().message;
  ASSERT_EQ(heard->size(), 1u);
  EXPECT_EQ(heard->front().key, "a");
}

TEST_F(ASqliteSessionStore, IsNotReadyWhenTheDiskIsFull) {
  ASSERT_TRUE(store->check());
  Result<void> full;
  {
    const fakes::FileSizeLimit limit(0);
    full = store->check();
  }
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(full.error().message.find("sessions.db"), std::string::npos);
  EXPECT_TRUE(store->check());
}

}  // namespace
}  // namespace pawfect
