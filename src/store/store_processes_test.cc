// Several processes and threads on one folder.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "jobs/test_jobs.h"
#include "store/sqlite_queue.h"
#include "store/sqlite_session_store.h"
#include "store/test_folder.h"
#include "store/test_process.h"

namespace pawfect {
namespace {

JobMessage message_of(int number) {
  JobMessage message = fakes::job_message();
  message.job = JobId::from(fmt::format("{:032x}", number)).value();
  return message;
}

bool put(JobQueue& queue, int number) {
  const JobMessage message = message_of(number);
  return queue.put(message, Milliseconds(0), message.job.text()).has_value();
}

// By compare-and-set; false: an error.
bool count_up(SessionStore& store, int times) {
  for (int done = 0; done < times;) {
    const auto seen = store.read(Kind::kJob, "count");
    if (!seen || !*seen) return false;
    const std::string next = std::to_string(std::stoi((*seen)->text) + 1);
    const auto written = store.replace(Kind::kJob, "count", next, (*seen)->revision);
    if (!written) return false;
    if (*written) ++done;
  }
  return true;
}

TEST(ProcessesOnOneFolder, LoseNoneOfTheirChanges) {
  constexpr int kProcesses = 3, kTimes = 60;
  const fakes::TestFolder folder(fakes::TestFolder::Where::kMemory);
  {
    const auto store = SqliteSessionStore::open(folder.path()).value();
    ASSERT_TRUE(store->create(Kind::kJob, "count", "0").value());
  }
  std::vector<std::unique_ptr<fakes::TestProcess>> processes;
  for (int i = 0; i < kProcesses; ++i) {
    processes.push_back(std::make_unique<fakes::TestProcess>([&] {
      const auto store = SqliteSessionStore::open(folder.path());
      return store && count_up(**store, kTimes) ? 0 : 1;
    }));
  }
  for (const auto& process : processes) EXPECT_EQ(process->wait(), 0);
  const auto store = SqliteSessionStore::open(folder.path()).value();
  EXPECT_EQ(store->read(Kind::kJob, "count").value()->text, std::to_string(kProcesses * kTimes));
}

TEST(ProcessesOnOneFolder, HearOfEachOthersWrites) {
  const fakes::TestFolder folder(fakes::TestFolder::Where::kMemory);
  fakes::TestProcess process([&] {
    const auto store = SqliteSessionStore::open(folder.path());
    const auto feed = store ? (*store)->follow(Kind::kJob) : std::unexpected(store.error());
    if (!feed) return 1;
    while (true) {
      const auto changes = (*feed)->next(Milliseconds(1000));
      if (!changes) return 2;
      for (const Document& document : *changes) {
        if (document.key == "question")
          return (*store)->create(Kind::kSession, "answer", document.text) ? 0 : 3;
      }
    }
  });
  const auto store = SqliteSessionStore::open(folder.path()).value();
  const auto feed = store->follow(Kind::kSession).value();
  ASSERT_TRUE(feed->next(Milliseconds(0)));
  ASSERT_TRUE(store->create(Kind::kJob, "question", "heard").value());
  const auto answer = feed->next(Milliseconds(20'000));
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->size(), 1u);
  EXPECT_EQ(answer->front().text, "heard");
  EXPECT_EQ(process.wait(), 0);
}

TEST(ProcessesOnOneFolder, ShareAQueue) {
  constexpr int kMessages = 60;
  const fakes::TestFolder folder(fakes::TestFolder::Where::kMemory);
  const SystemClock clock;
  // Passes on what it takes, under a number that is higher by as many.
  fakes::TestProcess process([&] {
    const auto queue = SqliteQueue::open(folder.path(), clock);
    if (!queue) return 1;
    for (int passed = 0; passed < kMessages;) {
      const auto delivery = (*queue)->take(Milliseconds(20'000));
      if (!delivery || !*delivery) return 2;
      const int number = std::stoi((*delivery)->message.job.text(), nullptr, 16);
      // One of those that we put ourselves goes back.
      if (number >= kMessages) {
        if (!(*queue)->put_back(**delivery, Milliseconds(0), (*delivery)->message)) return 3;
        continue;
      }
      if (!put(**queue, number + kMessages) || !(*queue)->acknowledge(**delivery)) return 4;
      ++passed;
    }
    return 0;
  });
  const auto queue = SqliteQueue::open(folder.path(), clock).value();
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(put(*queue, i));
  EXPECT_EQ(process.wait(), 0);
  std::map<int, int> taken;
  while (true) {
    const auto delivery = queue->take(Milliseconds(0));
    ASSERT_TRUE(delivery) << delivery.error().message;
    if (!*delivery) break;
    ++taken[std::stoi((*delivery)->message.job.text(), nullptr, 16)];
    ASSERT_TRUE(queue->acknowledge(**delivery));
  }
  EXPECT_EQ(taken.size(), std::size_t{kMessages});
  for (const auto& [number, times] : taken) {
    EXPECT_GE(number, kMessages);
    EXPECT_EQ(times, 1) << number;
  }
  EXPECT_EQ(queue->length(), 0);
}

TEST(ThreadsOnOneQueue, LoseAndDoubleNothing) {
  constexpr int kMessages = 2000, kThreads = 4;
  const fakes::TestFolder folder(fakes::TestFolder::Where::kMemory);
  const SystemClock clock;
  const auto queue = SqliteQueue::open(folder.path(), clock).value();
  std::mutex mutex;  // guards the next
  std::map<std::string, int> taken;
  std::atomic<int> acknowledged = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = t; i < kMessages; i += kThreads) ASSERT_TRUE(put(*queue, i));
      });
      threads.emplace_back([&] {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (acknowledged < kMessages && std::chrono::steady_clock::now() < end) {
          const auto delivery = queue->take(Milliseconds(20));
          ASSERT_TRUE(delivery) << delivery.error().message;
          if (!*delivery) continue;
          {
            const std::lock_guard lock(mutex);
            ++taken[(*delivery)->message.job.text()];
          }
          ASSERT_TRUE(queue->acknowledge(**delivery));
          ++acknowledged;
        }
      });
    }
  }
  EXPECT_EQ(taken.size(), std::size_t{kMessages});
  EXPECT_EQ(acknowledged, kMessages);
  EXPECT_EQ(queue->length(), 0);
}

}  // namespace
}  // namespace pawfect
