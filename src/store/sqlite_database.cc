#include "store/sqlite_database.h"

#include <SQLiteCpp/Savepoint.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace pawfect {
namespace {

constexpr int kBusyMs = 10'000;  // for another process's transaction

int number(SQLite::Database& database, const char* pragma) {
  return database.execAndGet(pragma).getInt();
}

}  // namespace

SqliteLink::SqliteLink(const std::filesystem::path& file, int flags)
    : database_(file.string(), flags, kBusyMs) {}

SqliteLink::Statement SqliteLink::statement(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end())
    found = statements_.emplace(sql, std::make_unique<SQLite::Statement>(database_, sql)).first;
  found->second->clearBindings();
  return Statement(found->second.get());
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::filesystem::path& file,
                                                             Schema schema, Durability durability) {
  // SQLite would make it readable for everybody.
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);
  const auto refused = [&](const std::string& why) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", file.string(), why));
  };
  try {
    std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(
        file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX));
    for (SqliteLink* link : {&database->writer_, &database->reader_}) {
      link->database().exec("PRAGMA journal_mode=WAL");
      link->database().exec(durability == Durability::kSurvivesPowerCut ? "PRAGMA synchronous=FULL"
                                                                        : "PRAGMA synchronous=OFF");
    }
    SQLite::Database& writer = database->writer_.database();
    const int id = number(writer, "PRAGMA application_id");
    const int version = number(writer, "PRAGMA user_version");
    if (id != 0 && id != schema.application_id)
      return refused("is the database of another program; name another folder with --data");
    if (version > schema.version) {
      return refused(
          fmt::format("has version {}, and this program knows up to {}; use the newer "
                      "program that wrote it",
                      version, schema.version));
    }
    SQLite::Transaction transaction(writer, SQLite::TransactionBehavior::IMMEDIATE);
    writer.exec(schema.sql);
    writer.exec(fmt::format("PRAGMA application_id={}", schema.application_id));
    writer.exec(fmt::format("PRAGMA user_version={}", schema.version));
    transaction.commit();
    return database;
  } catch (const std::exception& error) {
    return refused(
        fmt::format("cannot be opened as a database ({}); put back a copy, or name "
                    "another folder with --data",
                    error.what()));
  }
}

// The first to come writes for all who came meanwhile.
Result<void> SqliteDatabase::write_one(const std::function<void(SqliteLink&)>& work) {
  Request mine{work};
  std::unique_lock lock(queue_mutex_);
  waiting_.push_back(&mine);
  while (!mine.answer && is_writing_) written_.wait(lock);
  if (mine.answer) return *mine.answer;
  is_writing_ = true;
  const std::vector<Request*> requests = std::exchange(waiting_, {});
  lock.unlock();
  write_all(requests);
  lock.lock();
  is_writing_ = false;
  written_.notify_all();
  return *mine.answer;
}

void SqliteDatabase::write_all(const std::vector<Request*>& requests) {
  std::vector<Result<void>> answers(requests.size());
  try {
    SQLite::Transaction transaction(writer_.database(), SQLite::TransactionBehavior::IMMEDIATE);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      SQLite::Savepoint savepoint(writer_.database(), "one");
      try {
        requests[i]->work(writer_);
        savepoint.release();
      } catch (const std::exception& error) {
        answers[i] = std::unexpected(trouble(error.what()));  // its savepoint is taken back
      }
    }
    transaction.commit();
  } catch (const std::exception& error) {
    for (Result<void>& answer : answers) answer = std::unexpected(trouble(error.what()));
  }
  // Whoever waits looks at his answer under the mutex.
  const std::lock_guard lock(queue_mutex_);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i]->answer = std::move(answers[i]);
}

Error SqliteDatabase::trouble(const std::string& what) const {
  return {ErrorCode::kUnavailable,
          fmt::format("{}: {}; is the disk full, or the file damaged?", file_.string(), what)};
}

}  // namespace pawfect
