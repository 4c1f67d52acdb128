#include <atomic>

#include "store/job_queue_contract.h"
#include "store/sqlite_queue.h"
#include "store/test_folder.h"

namespace pawfect::contract {
namespace {

// The queue's threads read it while the test moves it.
class MovedClock : public Clock {
 public:
  WallTime wall() const override { return wall_time(ms_); }
  MonotonicTime monotonic() const override { return MonotonicTime(Milliseconds(ms_)); }
  void advance(Milliseconds by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_ = 1'700'000'000'000;
};

class SqliteMessages {
 public:
  static constexpr Milliseconds kLease{30'000};
  static constexpr bool kWaitsForDelay = true;
  static constexpr bool kTakesNewPayload = true;

  static std::string missing() { return {}; }
  std::unique_ptr<JobQueue> open() {
    return SqliteQueue::open(folder_.path(), clock_, kLease).value();
  }
  void put_raw(std::string_view payload) {
    ASSERT_TRUE(SqliteQueue::open(folder_.path(), clock_, kLease).value()->put_raw(payload));
  }
  void pass(Milliseconds time) { clock_.advance(time); }

 private:
  fakes::TestFolder folder_{fakes::TestFolder::Where::kMemory};
  MovedClock clock_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, JobQueueContract, SqliteMessages);

}  // namespace
}  // namespace pawfect::contract
