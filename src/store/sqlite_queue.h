// JobQueue in SQLite. A message that was taken is hidden for the length of its lease; times are
// this machine's wall clock, and a jump of it delays or hurries a message, which jobs survive
// (docs/jobs.md). A waiting `take` is woken at once by a put of this process and finds those of
// others within some tens of milliseconds.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>

#include "store/job_queue.h"
#include "store/sqlite_database.h"

namespace pawfect {

class SqliteQueue : public JobQueue {
 public:
  static constexpr Milliseconds kUsualLease{120'000};

  // File "queue.db" in the folder. The clock outlives this. Errors: SqliteDatabase::open.
  static Result<std::unique_ptr<SqliteQueue>> open(const std::filesystem::path& folder,
                                                   const Clock& clock,
                                                   Milliseconds lease = kUsualLease);

  Result<void> put(const JobMessage& message, Milliseconds delay, std::string_view once) override;
  Result<std::optional<Delivery>> take(Milliseconds wait) override;
  Result<void> acknowledge(const Delivery& delivery) override;
  Result<void> put_back(const Delivery& delivery, Milliseconds delay,
                        const JobMessage& payload) override;
  Result<void> extend(const Delivery& delivery) override;
  Result<void> send_letter(const DeadLetter& letter, std::string_view once) override;
  Result<std::vector<StoredLetter>> letters(int most) override;
  Result<void> remove_letter(std::string_view name) override;
  Result<std::int64_t> length() override;
  Result<void> check() override;

  // What was taken and not answered may be taken again at once: for who knows that nobody who took
  // it is still there.
  Result<void> free_taken();

  // A payload as somebody else may have left it there.
  Result<void> put_raw(std::string_view payload);

 private:
  struct Taken;

  SqliteQueue(std::unique_ptr<SqliteDatabase> database, const Clock& clock, Milliseconds lease)
      : database_(std::move(database)), clock_(clock), lease_(lease) {}

  Result<std::optional<Taken>> take_row();
  void ring();

  std::unique_ptr<SqliteDatabase> database_;
  const Clock& clock_;
  Milliseconds lease_;
  std::mutex mutex_;  // guards the count
  std::condition_variable rung_;
  std::uint64_t count_ = 0;  // of puts and of messages put back
};

}  // namespace pawfect
