#include "store/job_board.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "jobs/test_jobs.h"
#include "store/job_records.h"
#include "store/sqlite_session_store.h"
#include "store/test_folder.h"

namespace pawfect {
namespace {

using namespace std::chrono_literals;

// Waits, generously, for what another thread brings about.
template <typename Condition>
bool soon(Condition condition) {
  for (int round = 0; round < 1000; ++round) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

class AJobBoard : public testing::Test {
 protected:
  AJobBoard() { open(); }

  void open() {
    board.reset();
    board = JobBoard::open(*store, clock).value();
  }

  // Accepted `after` milliseconds after the others.
  JobRecord add(char digit, int after = 0) {
    JobMessage message = fakes::job_message();
    message.job = fakes::job_id(digit);
    JobRecord record = policy.accept(message);
    record.message.enqueued_at += Milliseconds(after);
    EXPECT_TRUE(records.create(record).value());
    return record;
  }
  int start(const JobId& id) {
    int attempt = 0;
    const auto changed = records.change(id, [&](JobRecord& record) {
      const auto taken =
          policy.on_take(record, {"worker", present_message(record), LabelState::kNoLabeler});
      attempt = std::get<Start>(*taken).attempt;
    });
    EXPECT_TRUE(changed && *changed);
    return attempt;
  }
  void finish(const JobId& id, int attempt) {
    const auto changed = records.change(id, [&](JobRecord& record) {
      policy.on_success(record, attempt, {"results/x/1", PromptSource::kEmpty});
    });
    EXPECT_TRUE(changed && *changed);
  }
  bool is_in(const JobId& id, JobState state) {
    return soon([&] {
      const auto job = board->find(id);
      return job && job->record->state == state;
    });
  }

  fakes::TestFolder folder{fakes::TestFolder::Where::kMemory};
  SystemClock clock;
  JobLimits limits;
  JobPolicy policy{clock, limits, [] { return 0.5; }};
  std::unique_ptr<SqliteSessionStore> store = SqliteSessionStore::open(folder.path()).value();
  JobRecords records{*store};
  std::unique_ptr<JobBoard> board;
};

TEST_F(AJobBoard, KnowsWhatWasThereWhenItOpened) {
  add('1');
  open();
  ASSERT_TRUE(board->find(fakes::job_id('1')));
  EXPECT_EQ(board->open_count(), 1);
  EXPECT_FALSE(board->find(fakes::job_id('2')));
}

TEST_F(AJobBoard, FollowsAJobFromItsAcceptToItsEnd) {
  const JobId id = add('1').message.job;
  EXPECT_TRUE(is_in(id, JobState::kQueued));
  const int attempt = start(id);
  EXPECT_TRUE(is_in(id, JobState::kRunning));
  finish(id, attempt);
  EXPECT_TRUE(is_in(id, JobState::kDone));
  EXPECT_EQ(board->open_count(), 0);
  EXPECT_TRUE(board->open_jobs().empty());
  EXPECT_TRUE(board->usual_run().has_value());
}

TEST_F(AJobBoard, PlacesThoseThatWaitInTheOrderOfTheirAccept) {
  const JobId late = add('1', 200).message.job;
  const JobId early = add('2', 100).message.job;
  ASSERT_TRUE(is_in(early, JobState::kQueued));
  EXPECT_EQ(board->find(early)->position, 1);
  EXPECT_EQ(board->find(late)->position, 2);
  start(early);
  ASSERT_TRUE(is_in(early, JobState::kRunning));
  EXPECT_EQ(board->find(early)->position, 0);
  EXPECT_EQ(board->find(late)->position, 1);
}

TEST_F(AJobBoard, ShowsTheProgressOfTheRunningAttemptOnly) {
  const JobId id = add('1').message.job;
  const int attempt = start(id);
  ASSERT_TRUE(is_in(id, JobState::kRunning));
  LiveProgress progress{attempt + 1, "fill", 0.5, 0.4, 10, 20, Milliseconds(1200)};
  ASSERT_TRUE(store->put(Kind::kProgress, id.text(), to_text(progress)));
  progress.attempt = attempt;
  progress.stage = "paste";
  ASSERT_TRUE(store->put(Kind::kProgress, id.text(), to_text(progress)));
  ASSERT_TRUE(soon([&] { return board->find(id)->progress.has_value(); }));
  EXPECT_EQ(*board->find(id)->progress, progress);
}

TEST_F(AJobBoard, TellsWatchersOfTheirJobAndOfThoseThatMoveUp) {
  const JobId first = add('1', 1).message.job;
  const JobId second = add('2', 2).message.job;
  ASSERT_TRUE(is_in(second, JobState::kQueued));
  std::atomic<int> told_first = 0, told_second = 0, told_all = 0;
  const auto a = board->watch(first, [&] { ++told_first; });
  const auto b = board->watch(second, [&] { ++told_second; });
  const auto c = board->watch_all([&](const JobRecord&) { ++told_all; });
  start(first);
  EXPECT_TRUE(soon([&] { return told_first == 1 && told_second == 1 && told_all == 1; }));
  board->unwatch(a);
  board->unwatch(b);
  board->unwatch(c);
  add('3');
  ASSERT_TRUE(is_in(fakes::job_id('3'), JobState::kQueued));
  EXPECT_EQ(told_all, 1);
}

TEST_F(AJobBoard, KeepsADeadJobOpenUntilItsLetterIsSent) {
  const JobId id = add('1').message.job;
  const int attempt = start(id);
  ASSERT_TRUE(records.change(id, [&](JobRecord& record) {
    policy.on_failure(record, attempt, Retry::kPointless, "a damaged photo");
  }));
  ASSERT_TRUE(is_in(id, JobState::kDead));
  EXPECT_EQ(board->open_jobs().size(), 1u);
  ASSERT_TRUE(records.change(id, [&](JobRecord& record) { policy.on_letter_sent(record); }));
  EXPECT_TRUE(soon([&] { return board->open_jobs().empty(); }));
}

TEST_F(AJobBoard, ForgetsWhatTheStoreForgets) {
  const JobId id = add('1').message.job;
  ASSERT_TRUE(is_in(id, JobState::kQueued));
  ASSERT_TRUE(records.remove(id));
  EXPECT_TRUE(soon([&] { return !board->find(id); }));
  EXPECT_EQ(board->open_count(), 0);
}

}  // namespace
}  // namespace pawfect
