// For the tests of this room: real stores in a folder, a session with a photo, jobs on it, and a
// labeler that waits to be let go.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "jobs/test_jobs.h"
#include "labeler/label_service.h"
#include "metrics/test_samples.h"
#include "store/file_blob_store.h"
#include "store/sqlite_queue.h"
#include "store/sqlite_session_store.h"
#include "store/test_folder.h"

namespace pawfect::fakes {

// Whether it became true within some seconds, looked at often.
inline bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 5'000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

class GatedLabeler : public SceneLabeler {
 public:
  Result<SceneLabels> look(const OpenBlob& photo, const std::stop_token& stop) override {
    ++looks;
    last_size = photo.size;
    while (is_shut) {
      if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "stopped");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (before_answer) before_answer();
    if (fails) return fail(ErrorCode::kBadInput, "nothing to be seen");
    return SceneLabels{{{"grass", 0.9, 0.8}}, "fake", "1", {}};
  }

  std::atomic<int> looks = 0;
  std::atomic<std::uint64_t> last_size = 0;
  std::atomic<bool> is_shut = false, fails = false;
  std::function<void()> before_answer;
};

struct Labeling {
  TestFolder folder;
  SystemClock clock;
  ServiceMetrics metrics;
  EventLog log = EventLog::silent();
  ServiceContext context{clock, metrics, log};
  JobLimits limits;
  JobPolicy policy{clock, limits, [] { return 0.5; }};
  std::unique_ptr<SqliteSessionStore> sessions = SqliteSessionStore::open(folder.path()).value();
  std::unique_ptr<SqliteQueue> queue = SqliteQueue::open(folder.path(), clock).value();
  std::unique_ptr<FileBlobStore> blobs = FileBlobStore::open(folder.path() / "blobs", 0).value();
  Stores stores{*sessions, *queue, *blobs};
  GatedLabeler labeler;

  // A session of that digit, with a photo and these jobs, whose records are not written here.
  SessionRecord add_session(char digit, std::vector<JobId> jobs = {}) {
    SessionRecord record;
    record.id = session_id(digit);
    const auto file = folder.path() / "incoming";
    std::ofstream(file) << "the photo of " << digit;
    record.photo = blobs->put("sessions/" + record.id.text() + "/photo", file).value();
    record.container = "JPEG";
    record.bytes = 14;
    record.width = record.height = 8;
    record.created_at = clock.wall();
    record.expires_at = record.created_at + Milliseconds(86'400'000);
    record.jobs = std::move(jobs);
    EXPECT_TRUE(Sessions(*sessions).create(record).value());
    return record;
  }

  JobRecord accepted_job(char digit) {
    JobMessage message = job_message();
    message.job = job_id(digit);
    return policy.accept(message);
  }
  void take(JobRecord& record, LabelState labels) {
    ASSERT_TRUE(policy.on_take(record, {"worker-1", present_message(record), labels}));
  }
  void add_job(const JobRecord& record) {
    EXPECT_TRUE(JobRecords(*sessions).create(record).value());
  }
  JobRecord job(char digit) { return JobRecords(*sessions).read(job_id(digit)).value().value(); }
  SessionRecord session(char digit) {
    return Sessions(*sessions).read(session_id(digit)).value().value();
  }

  double labels(const std::string& arrival) {
    return sample(metrics, "pawfect_labels_total{arrival=\"" + arrival + "\"}");
  }
  double calls(const std::string& outcome) {
    return sample(metrics, "pawfect_labeler_calls_total{outcome=\"" + outcome + "\"}");
  }
};

}  // namespace pawfect::fakes
