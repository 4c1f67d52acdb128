// All that a worker needs around it, for its tests: a data folder with stores that can fail, a
// board, limits that are short, jobs to be accepted, and eyes for what became of them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "image/test_files.h"
#include "jobs/test_jobs.h"
#include "store/job_records.h"
#include "store/test_folder.h"
#include "worker/fake_stores.h"
#include "worker/test_child.h"
#include "worker/worker.h"

namespace pawfect::fakes {

// Waits, generously, for what others bring about.
inline bool soon(const std::function<bool()>& is_so) {
  for (int round = 0; round < 4'000; ++round) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

struct TestService {
  TestService() {
    config.store.data = folder.path();
    config.worker.engine = "fake";
    config.worker.threads = 1;
    config.worker.name = "tester";
    JobLimits& limits = config.jobs.limits;
    limits.back_off = {Milliseconds(10), Milliseconds(10), Milliseconds(10), Milliseconds(10)};
    limits.label_delays = {Milliseconds(60), Milliseconds(60), Milliseconds(60)};
    limits.shortest_label_delay = Milliseconds(10);
    limits.longest_look_again = Milliseconds(50);
    settings.engine_child = test_child("engine-child");
    settings.take_wait = Milliseconds(50);
    settings.look_every = Milliseconds(10);
    settings.sweep_every = Milliseconds(20);
    settings.unknown_delay = Milliseconds(20);
    settings.cancel_grace = Milliseconds(300);
  }
  ~TestService() { worker.reset(); }

  void start() {
    auto started = Worker::start(config, stores, *board, context, settings);
    ASSERT_TRUE(started) << started.error().message;
    worker = std::move(*started);
  }

  std::string put_picture(const std::string& prefix, const Image& picture) {
    const std::filesystem::path file = folder.path() / "upload";
    testing::write_bytes(file, testing::encoded(picture, Container::kPng));
    return real_blobs->put(prefix, file).value();
  }

  // Accepts a job whose fake engine does what `prompt` says; without a prompt it waits for labels.
  JobId add(const std::optional<std::string>& prompt, const std::string& variant = "") {
    FillOptions options;
    options.prompt = prompt;
    options.variant = variant;
    return add_with(to_text(options));
  }
  JobId add_with(const std::string& options, bool has_message = true) {
    const int number = ++jobs_added;
    const auto digits = fmt::format("{:032x}", number);
    JobMessage message;
    message.job = *JobId::from(digits);
    message.session = session_id('5');
    if (photo.empty()) {
      photo = put_picture("sessions/5/photo", testing::smooth(60, 40, 3));
      Image white(60, 40, 1, SampleDepth::k8);
      for (int y = 15; y < 25; ++y)
        for (int x = 20; x < 40; ++x) white.bytes[std::size_t(y) * 60 + std::size_t(x)] = 255;
      mask = put_picture("sessions/5/mask", white);
    }
    message.image = photo;
    message.mask = mask;
    message.options = options;
    const JobRecord record = policy.accept(message);
    EXPECT_TRUE(records.create(record).value());
    if (has_message) {
      EXPECT_TRUE(real_queue->put(record.message, Milliseconds(0), digits));
    }
    return message.job;
  }

  JobRecord record(const JobId& job) { return records.read(job).value().value(); }
  bool becomes(const JobId& job, JobState state) {
    return soon([&] { return record(job).state == state; });
  }
  bool queue_empties() {
    return soon([&] { return real_queue->length().value() == 0; });
  }
  std::size_t results() { return real_blobs->list("results/", "", 100).value().size(); }
  ByteVector result_of(const JobId& job) {
    const auto found = real_blobs->open(record(job).result);
    if (!found || !*found) return {};
    ByteVector bytes((*found)->size);
    EXPECT_EQ(pread((*found)->file.get(), bytes.data(), bytes.size(), 0), ssize_t(bytes.size()));
    return bytes;
  }
  std::optional<Document> report(const JobId& job, int attempt) {
    return real_sessions->read(Kind::kReport, fmt::format("{}.{}", job.text(), attempt)).value();
  }
  bool happened(const JobId& job, Happened what, const std::string& detail = "") {
    for (const HistoryEntry& entry : record(job).history)
      if (entry.what == what && entry.detail.find(detail) != std::string::npos) return true;
    return false;
  }
  bool is_at(const JobId& job, const std::string& stage) {
    return soon([&] {
      const auto known = board->find(job);
      return known && known->progress && known->progress->stage == stage;
    });
  }
  CancelAnswer cancel(const JobId& job) {
    CancelAnswer answer = CancelAnswer::kEndedBefore;
    EXPECT_TRUE(records.change(job, [&](JobRecord& now) { answer = policy.on_cancel(now); }));
    return answer;
  }
  void label(std::vector<SceneLabel> labels) {
    SessionRecord session;
    session.id = session_id('5');
    session.photo = photo.empty() ? "sessions/5/photo" : photo;
    session.container = "PNG";
    session.bytes = 1;
    session.width = 60;
    session.height = 40;
    if (!labels.empty()) session.labels = SceneLabels{std::move(labels), "test", "1", {}};
    Sessions all(*real_sessions);
    if (all.create(session).value()) return;
    EXPECT_TRUE(all.change(session.id, [&](SessionRecord& now) {
      now.labels = session.labels;
      return true;
    }));
  }
  std::size_t work_files() {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "work"))
      if (entry.is_regular_file() && entry.path().extension() != ".lock") ++files;
    return files;
  }

  TestFolder folder;
  ServiceConfig config;
  WorkerSettings settings;
  SystemClock clock;
  std::unique_ptr<SqliteSessionStore> real_sessions =
      SqliteSessionStore::open(folder.path()).value();
  std::unique_ptr<SqliteQueue> real_queue = SqliteQueue::open(folder.path(), clock).value();
  std::unique_ptr<FileBlobStore> real_blobs =
      FileBlobStore::open(folder.path() / "blobs", 0).value();
  FlakySessions sessions{*real_sessions};
  FlakyQueue queue{*real_queue};
  FlakyBlobs blobs{*real_blobs};
  Stores stores{sessions, queue, blobs};
  JobRecords records{*real_sessions};
  JobPolicy policy{clock, config.jobs.limits, [] { return 0.5; }};
  std::unique_ptr<JobBoard> board = JobBoard::open(*real_sessions, clock).value();
  ServiceMetrics metrics;
  EventLog log = EventLog::silent();
  ServiceContext context{clock, metrics, log};
  std::string photo, mask;
  int jobs_added = 0;
  std::unique_ptr<Worker> worker;
};

}  // namespace pawfect::fakes
