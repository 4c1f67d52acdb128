// A process that writes to all three stores is killed in the middle of it, again and again: what it
// was told to be written is there, and nothing is there by halves.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <charconv>
#include <climits>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jobs/test_jobs.h"
#include "store/file_blob_store.h"
#include "store/sqlite_queue.h"
#include "store/sqlite_session_store.h"
#include "store/test_folder.h"
#include "store/test_process.h"

namespace pawfect {
namespace {

constexpr int kRounds = 40, kWriters = 3;

JobId id_of(int number) { return JobId::from(fmt::format("{:032x}", number)).value(); }

// Long enough for several pages, and different for every number.
std::string text_of(int number) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += fmt::format("{} ", number * 1000 + i);
  return text;
}

// Writes documents, messages and blobs `first`, `first` + 1, ... and says each to `told` when all
// of it is written; ends only by a signal or, not 0, by an error.
int write_for_ever(const std::filesystem::path& folder, int first, int told) {
  const SystemClock clock;
  const auto sessions = SqliteSessionStore::open(folder);
  const auto queue = SqliteQueue::open(folder, clock);
  const auto blobs = FileBlobStore::open(folder / "blobs", 0);
  if (!sessions || !queue || !blobs) return 1;
  std::atomic<int> next = first;
  std::atomic<bool> is_bad = false;
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&] {
        while (!is_bad) {
          const int number = next++;
          const std::string key = id_of(number).text();
          const auto created = (*sessions)->create(Kind::kJob, key, "first");
          const auto replaced =
              created && *created
                  ? (*sessions)->replace(Kind::kJob, key, text_of(number), **created)
                  : created;
          JobMessage message = fakes::job_message();
          message.job = id_of(number);
          const std::filesystem::path file = folder / ("upload-" + std::to_string(number));
          std::ofstream(file, std::ios::binary) << text_of(number);
          is_bad = is_bad || !replaced || !*replaced ||
                   !(*queue)->put(message, Milliseconds(0), key) ||
                   !(*blobs)->put("sessions/" + key + "/photo", file);
          if (is_bad) return;
          const std::string line = std::to_string(number) + "\n";
          if (::write(told, line.data(), line.size()) != ssize_t(line.size())) return;
        }
      });
    }
  }
  return 2;
}

class KilledWriter {
 public:
  KilledWriter(const std::filesystem::path& folder, int first, int lines) {
    int ends[2];
    if (pipe(ends) != 0) return;
    FileDescriptor from(ends[0]), to(ends[1]);
    fakes::TestProcess process([&] {
      from.reset();
      return write_for_ever(folder, first, to.get());
    });
    to.reset();
    read(from, lines);
    process.kill();
    read(from, INT_MAX);  // what it had said already
  }
  const std::set<int>& told() const { return told_; }

 private:
  // Until there are so many lines, or no more.
  void read(const FileDescriptor& from, int lines) {
    char c = 0;
    while (int(told_.size()) < lines && ::read(from.get(), &c, 1) == 1) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      int number = 0;
      std::from_chars(line_.data(), line_.data() + line_.size(), number);
      told_.insert(number);
      line_.clear();
    }
  }

  std::string line_;
  std::set<int> told_;
};

TEST(StoresOfAKilledProcess, HaveEverythingThatWasToldAndNothingByHalves) {
  const fakes::TestFolder folder(fakes::TestFolder::Where::kMemory);
  const SystemClock clock;
  std::set<int> told;
  int next = 0;
  for (int round = 0; round < kRounds; ++round) {
    const KilledWriter writer(folder.path(), next, 1 + round % 5);
    ASSERT_FALSE(writer.told().empty());
    told.insert(writer.told().begin(), writer.told().end());
    next = *told.rbegin() + 2 * kWriters;

    const auto sessions = SqliteSessionStore::open(folder.path());
    ASSERT_TRUE(sessions) << sessions.error().message;
    const auto feed = (*sessions)->follow(Kind::kJob).value();
    std::map<std::string, std::string> documents;
    while (true) {
      const auto there = feed->next(Milliseconds(0));
      ASSERT_TRUE(there) << there.error().message;
      if (there->empty()) break;
      for (const Document& document : *there) documents[document.key] = document.text;
    }
    for (const auto& [key, text] : documents) {
      int number = 0;
      std::from_chars(key.data(), key.data() + key.size(), number, 16);
      ASSERT_TRUE(text == "first" || text == text_of(number)) << key;
    }
    for (const int number : told)
      ASSERT_EQ(documents[id_of(number).text()], text_of(number)) << round;

    const auto blobs = FileBlobStore::open(folder.path() / "blobs", 0);
    ASSERT_TRUE(blobs) << blobs.error().message;
    const auto entries = (*blobs)->list("", "", 1'000'000);
    ASSERT_TRUE(entries);
    std::set<std::string> whole;
    for (const BlobEntry& entry : *entries) {
      const auto blob = (*blobs)->open(entry.name);
      ASSERT_TRUE(blob && *blob) << entry.name;
      whole.insert(entry.name.substr(0, entry.name.rfind('.')));
    }
    for (const int number : told)
      ASSERT_TRUE(whole.contains("sessions/" + id_of(number).text() + "/photo")) << round;
  }
  const auto queue = SqliteQueue::open(folder.path(), clock);
  ASSERT_TRUE(queue) << queue.error().message;
  std::multiset<std::string> taken;
  while (true) {
    const auto delivery = (*queue)->take(Milliseconds(0));
    ASSERT_TRUE(delivery) << delivery.error().message;
    if (!*delivery) break;
    taken.insert((*delivery)->message.job.text());
  }
  for (const int number : told) EXPECT_EQ(taken.count(id_of(number).text()), 1u) << number;
  EXPECT_TRUE((*queue)->letters(10)->empty());
}

}  // namespace
}  // namespace pawfect
