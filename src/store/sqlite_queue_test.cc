#include "store/sqlite_queue.h"

#include <gtest/gtest.h>

#include <string>

#include "base/fake_clock.h"
#include "jobs/record_json.h"
#include "jobs/test_jobs.h"
#include "store/test_folder.h"
#include "store/test_process.h"

namespace pawfect {
namespace {

using namespace std::chrono_literals;

class ASqliteQueue : public testing::Test {
 protected:
  bool is_empty() { return !queue->take(0ms).value(); }

  fakes::TestFolder folder{fakes::TestFolder::Where::kMemory};
  fakes::FakeClock clock;
  std::unique_ptr<SqliteQueue> queue = SqliteQueue::open(folder.path(), clock).value();
};

TEST_F(ASqliteQueue, RemembersForMinutesWhatWasPutOnce) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "same"));
  clock.advance(290s);
  ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "same"));
  EXPECT_EQ(queue->length(), 1);
  clock.advance(20s);
  ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "same"));
  EXPECT_EQ(queue->length(), 2);
}

TEST_F(ASqliteQueue, KeepsMessagesAndLettersOfOneNameApart) {
  const DeadLetter letter{fakes::job_message(), "a damaged photo", {}};
  ASSERT_TRUE(queue->send_letter(letter, "same"));
  ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "same"));
  EXPECT_EQ(queue->length(), 1);
  EXPECT_EQ(queue->letters(10)->size(), 1u);
}

TEST_F(ASqliteQueue, GivesTheOneThatWasDueFirst) {
  JobMessage late = fakes::job_message(), early = late;
  late.job = fakes::job_id('1');
  early.job = fakes::job_id('2');
  ASSERT_TRUE(queue->put(late, 2000ms, "late"));
  ASSERT_TRUE(queue->put(early, 1000ms, "early"));
  EXPECT_TRUE(is_empty());
  clock.advance(3s);
  EXPECT_EQ(queue->take(0ms).value()->message, early);
  EXPECT_EQ(queue->take(0ms).value()->message, late);
}

TEST_F(ASqliteQueue, DoesNotLetAnOldDeliveryTouchANewerOne) {
  ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "a"));
  const Delivery old = *queue->take(0ms).value();
  clock.advance(SqliteQueue::kUsualLease + 1ms);
  const Delivery newer = *queue->take(0ms).value();
  ASSERT_TRUE(queue->put_back(old, 0ms, old.message));
  EXPECT_TRUE(is_empty());
  clock.advance(SqliteQueue::kUsualLease - 1s);
  ASSERT_TRUE(queue->extend(old));
  clock.advance(2s);
  EXPECT_EQ(queue->take(0ms).value()->count, 3);
}

TEST_F(ASqliteQueue, GivesAtOnceWhatTheDeadHadTaken) {
  ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "a"));
  JobMessage later = fakes::job_message();
  later.job = fakes::job_id('9');
  ASSERT_TRUE(queue->put(later, 60'000ms, "b"));
  ASSERT_TRUE(*queue->take(0ms));
  EXPECT_TRUE(is_empty());
  ASSERT_TRUE(queue->free_taken());
  EXPECT_EQ(queue->take(0ms).value()->message, fakes::job_message());
  EXPECT_TRUE(is_empty()) << "what was put for later stays for later";
}

TEST_F(ASqliteQueue, LosesNothingWhenTheClockIsSetBack) {
  ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "a"));
  clock.jump_wall(-std::chrono::days(1));
  EXPECT_TRUE(is_empty());
  EXPECT_EQ(queue->length(), 1);
  clock.advance(std::chrono::days(1));
  EXPECT_FALSE(is_empty());
}

TEST_F(ASqliteQueue, IsNotReadyWhenTheDiskIsFull) {
  ASSERT_TRUE(queue->check());
  clock.advance(1s);
  Result<void> full;
  {
    const fakes::FileSizeLimit limit(0);
    full = queue->check();
  }
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(full.error().message.find("queue.db"), std::string::npos);
  EXPECT_TRUE(queue->check());
  EXPECT_EQ(queue->length(), 0);
}

TEST_F(ASqliteQueue, PassesOverAHandleThatIsNone) {
  ASSERT_TRUE(queue->put(fakes::job_message(), 0ms, "a"));
  for (const char* handle : {"", "x", ".", "7.1", "99999999999999999999.1", "-1.-1"}) {
    Delivery delivery{fakes::job_message(), handle, 1};
    EXPECT_TRUE(queue->put_back(delivery, 1000ms, delivery.message)) << handle;
    EXPECT_TRUE(queue->extend(delivery)) << handle;
    EXPECT_TRUE(queue->remove_letter(handle)) << handle;
  }
  EXPECT_FALSE(is_empty());
}

}  // namespace
}  // namespace pawfect
