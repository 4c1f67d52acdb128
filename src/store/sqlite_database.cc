#include "store/sqlite_database.h"

#include <SQLiteCpp/Savepoint.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/file_descriptor.h"

namespace pawfect {
namespace {

constexpr int kBusyMs = 10'000;  // for another process's transaction
constexpr int kGatherPart = 8;   // of the time of a write, waited for more that go with it
constexpr std::chrono::steady_clock::duration kLongestGather = std::chrono::milliseconds(2);
constexpr int kBusyPauseMs = 1;
constexpr int kLockPauseMs = 5;

int number(SQLite::Database& database, const char* question) {
  return database.execAndGet(question).getInt();
}

// `code`: SQLite's, without its extension.
const char* advice(int code) {
  switch (code) {
    case SQLITE_FULL:
      return "make room on its disk";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged: put back a copy, or name another folder with --data";
    case SQLITE_BUSY:
      return "another process holds it; is one stopped in the middle of a write?";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return "may this user write to the file and its folder?";
    default:
      return "is its disk full or failing, or the file damaged?";
  }
}

// Waits for others who open a database there, though not for ever. Not open: errno says why.
FileDescriptor lock_folder(const std::filesystem::path& folder) {
  FileDescriptor lock(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int waited = 0; lock.is_open() && flock(lock.get(), LOCK_EX | LOCK_NB) != 0;
       waited += kLockPauseMs) {
    if (errno != EINTR && (errno != EWOULDBLOCK || waited >= kBusyMs)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(kLockPauseMs));
  }
  return lock;
}

bool is_damaged(const std::filesystem::path& file) {
  if (::access(file.c_str(), F_OK) != 0) return false;
  try {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE, kBusyMs);
    return database.execAndGet("PRAGMA quick_check(1)").getString() != "ok";
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode() & 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  }
}

void remove_database(const std::filesystem::path& file) {
  for (const char* part : {"", "-wal", "-shm"}) {
    std::error_code problem;
    std::filesystem::remove(file.string() + part, problem);
  }
}

// Called while another process writes; 0: waited long enough.
int wait_for_others(void*, int times) {
  if (times >= kBusyMs / kBusyPauseMs) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(kBusyPauseMs));
  return 1;
}

// Why it cannot be used; empty: it can.
std::string not_ours(SQLite::Database& database, const SqliteDatabase::Schema& schema) {
  const int id = number(database, "PRAGMA application_id");
  const int version = number(database, "PRAGMA user_version");
  const bool is_new = id == 0 && number(database, "SELECT COUNT(*) FROM sqlite_master") == 0;
  if (!is_new && id != schema.application_id)
    return "is the database of another program; name another folder with --data";
  if (version <= schema.version) return {};
  return fmt::format(
      "has version {}, and this program knows up to {}; use the newer program that wrote it",
      version, schema.version);
}

}  // namespace

SqliteLink::SqliteLink(const std::filesystem::path& file, int flags)
    : database_(file.string(), flags) {
  // SQLite's own waits get longer and longer, and who has waited longest waits on.
  sqlite3_busy_handler(database_.getHandle(), wait_for_others, nullptr);
}

SqliteLink::Statement SqliteLink::statement(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end())
    found = statements_.emplace(sql, std::make_unique<SQLite::Statement>(database_, sql)).first;
  found->second->clearBindings();
  return Statement(found->second.get());
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::filesystem::path& file,
                                                             Schema schema, Durability durability) {
  const auto refused = [&](const std::string& why) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", file.string(), why));
  };
  // Making, checking and replacing a file is nothing for two at a time.
  const FileDescriptor lock = lock_folder(file.parent_path());
  if (!lock.is_open())
    return refused(fmt::format("its folder cannot be locked ({})", std::strerror(errno)));
  if (durability == Durability::kMayBeLost && is_damaged(file)) remove_database(file);
  // SQLite would make it readable for everybody. A file that is there is left closed: closing it
  // would take away the locks that this process holds on it already.
  const bool is_made =
      FileDescriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)).is_open();
  if (!is_made && errno != EEXIST) {
    return refused(fmt::format("{}; is its folder there, and may this user write to it?",
                               std::strerror(errno)));
  }
  try {
    std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(
        file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX));
    SQLite::Database& writer = database->writer_.database();
    // Before anything is changed in it.
    if (const std::string why = not_ours(writer, schema); !why.empty()) return refused(why);
    for (SqliteLink* link : {&database->writer_, &database->reader_}) {
      link->database().exec("PRAGMA journal_mode=WAL");
      link->database().exec(durability == Durability::kSurvivesPowerCut ? "PRAGMA synchronous=FULL"
                                                                        : "PRAGMA synchronous=OFF");
    }
    SQLite::Transaction transaction(writer, SQLite::TransactionBehavior::IMMEDIATE);
    writer.exec(schema.sql);
    writer.exec(fmt::format("PRAGMA application_id={}", schema.application_id));
    writer.exec(fmt::format("PRAGMA user_version={}", schema.version));
    transaction.commit();
    return database;
  } catch (const SQLite::Exception& error) {
    return refused(fmt::format("{}; {}", error.what(), advice(error.getErrorCode() & 0xff)));
  } catch (const std::exception& error) {
    return refused(error.what());
  }
}

// The first to come writes for all who came meanwhile.
Result<void> SqliteDatabase::write_one(const std::function<void(SqliteLink&)>& work) {
  Request mine{work};
  std::unique_lock lock(queue_mutex_);
  waiting_.push_back(&mine);
  came_.notify_one();
  while (!mine.answer && is_writing_) written_.wait(lock);
  if (mine.answer) return *mine.answer;
  is_writing_ = true;
  // Those who were answered just now mostly come again at once; without them they would have to
  // wait for the disk twice.
  came_.wait_for(lock, std::min(last_time_ / kGatherPart, kLongestGather),
                 [&] { return waiting_.size() >= last_count_; });
  const std::vector<Request*> requests = std::exchange(waiting_, {});
  lock.unlock();
  const auto start = std::chrono::steady_clock::now();
  write_all(requests);
  lock.lock();
  last_time_ = std::chrono::steady_clock::now() - start;
  last_count_ = requests.size();
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
        // Some errors (a full disk) end the whole transaction. What is written after that would not
        // be part of it.
        if (sqlite3_get_autocommit(writer_.database().getHandle()) != 0) throw;
        answers[i] = std::unexpected(trouble(error));  // its savepoint is taken back
      }
    }
    transaction.commit();
  } catch (const std::exception& error) {
    for (Result<void>& answer : answers) answer = std::unexpected(trouble(error));
  }
  // Whoever waits looks at his answer under the mutex.
  const std::lock_guard lock(queue_mutex_);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i]->answer = std::move(answers[i]);
}

Error SqliteDatabase::trouble(const std::exception& error) const {
  const auto* own = dynamic_cast<const SQLite::Exception*>(&error);
  return {ErrorCode::kUnavailable,
          fmt::format("{}: {}; {}", file_.string(), error.what(),
                      advice(own == nullptr ? SQLITE_ERROR : own->getErrorCode() & 0xff))};
}

}  // namespace pawfect
