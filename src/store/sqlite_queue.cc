#include "store/sqlite_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "jobs/record_json.h"

namespace pawfect {
namespace {

constexpr Milliseconds kOnceIsRemembered{300'000};
constexpr Milliseconds kOthersPuts{50};  // between two looks for what other processes put
constexpr int kApplicationId = 0x50614571;

constexpr SqliteDatabase::Schema kSchema{R"(
  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, payload TEXT NOT NULL, due INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX IF NOT EXISTS message_by_due ON message (due, id);
  CREATE TABLE IF NOT EXISTS once (name TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS once_by_until ON once (until);
  CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, at INTEGER NOT NULL);
)",
                                         kApplicationId, 1};

// True when it was not said within the time that it is remembered.
bool is_said_first(SqliteLink& link, std::string_view once, WallTime now) {
  auto old = link.statement("DELETE FROM once WHERE until <= ?");
  old->bind(1, since_1970_ms(now));
  old->exec();
  auto row = link.statement("INSERT OR IGNORE INTO once VALUES (?, ?)");
  row->bind(1, std::string(once));
  row->bind(2, since_1970_ms(now + kOnceIsRemembered));
  return row->exec() == 1;
}

void insert_message(SqliteLink& link, std::string_view payload, WallTime due) {
  auto row = link.statement("INSERT INTO message (payload, due) VALUES (?, ?)");
  row->bind(1, std::string(payload));
  row->bind(2, since_1970_ms(due));
  row->exec();
}

void insert_letter(SqliteLink& link, std::string_view text, WallTime at) {
  auto row = link.statement("INSERT INTO letter (text, at) VALUES (?, ?)");
  row->bind(1, std::string(text));
  row->bind(2, since_1970_ms(at));
  row->exec();
}

// What a delivery's handle says: which message, and which delivery of it.
struct Handle {
  std::int64_t id = 0;
  std::int64_t taken = 0;
};

std::string text_of(Handle handle) { return fmt::format("{}.{}", handle.id, handle.taken); }

Handle handle_of(std::string_view text) {
  Handle handle;
  const char* end = text.data() + text.size();
  const auto [dot, problem] = std::from_chars(text.data(), end, handle.id);
  if (problem == std::errc() && dot != end) std::from_chars(dot + 1, end, handle.taken);
  return handle;
}

template <typename T>
Result<void> nothing_but_errors(const Result<T>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

}  // namespace

struct SqliteQueue::Taken {
  Handle handle;
  std::string payload;
};

Result<std::unique_ptr<SqliteQueue>> SqliteQueue::open(const std::filesystem::path& folder,
                                                       const Clock& clock, Milliseconds lease) {
  auto database = SqliteDatabase::open(folder / "queue.db", kSchema,
                                       SqliteDatabase::Durability::kSurvivesPowerCut);
  if (!database) return std::unexpected(database.error());
  return std::unique_ptr<SqliteQueue>(new SqliteQueue(std::move(*database), clock, lease));
}

void SqliteQueue::ring() {
  {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  rung_.notify_all();
}

Result<void> SqliteQueue::put(const JobMessage& message, Milliseconds delay,
                              std::string_view once) {
  const WallTime now = clock_.wall();
  const std::string payload = to_text(message);
  const auto written = database_->write([&](SqliteLink& link) {
    if (is_said_first(link, once, now)) insert_message(link, payload, now + delay);
    return true;
  });
  if (written) ring();
  return nothing_but_errors(written);
}

Result<void> SqliteQueue::free_taken() {
  const std::int64_t now = since_1970_ms(clock_.wall());
  const auto written = database_->write([&](SqliteLink& link) {
    auto row = link.statement("UPDATE message SET due = ? WHERE taken > 0 AND due > ?");
    row->bind(1, now);
    row->bind(2, now);
    return row->exec();
  });
  if (written) ring();
  return nothing_but_errors(written);
}

Result<void> SqliteQueue::put_raw(std::string_view payload) {
  const auto written = database_->write([&](SqliteLink& link) {
    insert_message(link, payload, clock_.wall());
    return true;
  });
  if (written) ring();
  return nothing_but_errors(written);
}

Result<std::optional<SqliteQueue::Taken>> SqliteQueue::take_row() {
  const std::int64_t now = since_1970_ms(clock_.wall());
  constexpr const char* kNext =
      "SELECT id, payload, taken FROM message WHERE due <= ? ORDER BY due, id LIMIT 1";
  // Mostly there is nothing; a look costs no write.
  const auto is_there = database_->read([&](SqliteLink& link) {
    auto row = link.statement(kNext);
    row->bind(1, now);
    return row->executeStep();
  });
  if (!is_there) return std::unexpected(is_there.error());
  if (!*is_there) return std::nullopt;
  return database_->write([&](SqliteLink& link) -> std::optional<Taken> {
    Taken taken;
    {
      auto row = link.statement(kNext);
      row->bind(1, now);
      if (!row->executeStep()) return std::nullopt;
      taken = {{row->getColumn(0).getInt64(), row->getColumn(2).getInt64() + 1},
               row->getColumn(1).getString()};
    }
    auto row = link.statement("UPDATE message SET due = ?, taken = ? WHERE id = ?");
    row->bind(1, now + lease_.count());
    row->bind(2, taken.handle.taken);
    row->bind(3, taken.handle.id);
    row->exec();
    return taken;
  });
}

Result<std::optional<Delivery>> SqliteQueue::take(Milliseconds wait) {
  const auto end = std::chrono::steady_clock::now() + wait;
  while (true) {
    std::unique_lock lock(mutex_);
    const std::uint64_t heard = count_;
    lock.unlock();
    auto taken = take_row();
    if (!taken) return std::unexpected(taken.error());
    if (*taken) {
      if (auto message = parse_job_message((*taken)->payload)) {
        return Delivery{std::move(*message), text_of((*taken)->handle),
                        int((*taken)->handle.taken)};
      }
      const auto moved = database_->write([&](SqliteLink& link) {
        insert_letter(link, (*taken)->payload, clock_.wall());
        auto row = link.statement("DELETE FROM message WHERE id = ?");
        row->bind(1, (*taken)->handle.id);
        return row->exec();
      });
      if (!moved) return std::unexpected(moved.error());
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) return std::nullopt;
    lock.lock();
    rung_.wait_until(lock, std::min(end, now + kOthersPuts), [&] { return count_ != heard; });
  }
}

Result<void> SqliteQueue::acknowledge(const Delivery& delivery) {
  // Whatever delivery it was: what the message stands for is done with.
  return nothing_but_errors(database_->write([&](SqliteLink& link) {
    auto row = link.statement("DELETE FROM message WHERE id = ?");
    row->bind(1, handle_of(delivery.handle).id);
    return row->exec();
  }));
}

Result<void> SqliteQueue::put_back(const Delivery& delivery, Milliseconds delay,
                                   const JobMessage& payload) {
  const Handle handle = handle_of(delivery.handle);
  const auto written = database_->write([&](SqliteLink& link) {
    auto row = link.statement("UPDATE message SET payload = ?, due = ? WHERE id = ? AND taken = ?");
    row->bind(1, to_text(payload));
    row->bind(2, since_1970_ms(clock_.wall() + delay));
    row->bind(3, handle.id);
    row->bind(4, handle.taken);
    return row->exec();
  });
  if (written) ring();
  return nothing_but_errors(written);
}

Result<void> SqliteQueue::extend(const Delivery& delivery) {
  const Handle handle = handle_of(delivery.handle);
  return nothing_but_errors(database_->write([&](SqliteLink& link) {
    auto row = link.statement("UPDATE message SET due = ? WHERE id = ? AND taken = ?");
    row->bind(1, since_1970_ms(clock_.wall() + lease_));
    row->bind(2, handle.id);
    row->bind(3, handle.taken);
    return row->exec();
  }));
}

Result<void> SqliteQueue::send_letter(const DeadLetter& letter, std::string_view once) {
  const WallTime now = clock_.wall();
  const std::string text = to_text(letter);
  return nothing_but_errors(database_->write([&](SqliteLink& link) {
    if (is_said_first(link, fmt::format("letter {}", once), now)) insert_letter(link, text, now);
    return true;
  }));
}

Result<std::vector<StoredLetter>> SqliteQueue::letters(int most) {
  return database_->read([&](SqliteLink& link) {
    std::vector<StoredLetter> letters;
    auto rows = link.statement("SELECT id, text, at FROM letter ORDER BY id LIMIT ?");
    rows->bind(1, most);
    while (rows->executeStep()) {
      letters.push_back({std::to_string(rows->getColumn(0).getInt64()),
                         rows->getColumn(1).getString(), wall_time(rows->getColumn(2).getInt64())});
    }
    return letters;
  });
}

Result<void> SqliteQueue::remove_letter(std::string_view name) {
  return nothing_but_errors(database_->write([&](SqliteLink& link) {
    auto row = link.statement("DELETE FROM letter WHERE id = ?");
    row->bind(1, handle_of(name).id);
    return row->exec();
  }));
}

Result<std::int64_t> SqliteQueue::length() {
  return database_->read([](SqliteLink& link) {
    auto count = link.statement("SELECT COUNT(*) FROM message");
    count->executeStep();
    return count->getColumn(0).getInt64();
  });
}

Result<void> SqliteQueue::check() {
  // A row that the next put removes.
  return nothing_but_errors(database_->write([&](SqliteLink& link) {
    auto row = link.statement("INSERT OR REPLACE INTO once VALUES ('readiness check', ?)");
    row->bind(1, since_1970_ms(clock_.wall()));
    return row->exec();
  }));
}

}  // namespace pawfect
