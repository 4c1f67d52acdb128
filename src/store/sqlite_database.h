// SqliteDatabase: one database file, its schema, and two connections: one that writes, one that
// reads and never waits for a writer's disk (WAL). Writes that come at the same time share a
// transaction and its one wait for the disk (synchronous=FULL): each is a savepoint in it, so that
// one that fails does not touch the others. Safe from any thread, and beside other processes on the
// same file. What SQLite throws ends here, as kUnavailable naming the file.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"

namespace pawfect {

// A connection with its prepared statements. Used under the lock of whoever owns it.
class SqliteLink {
 public:
  SqliteLink(const std::filesystem::path& file, int flags);

  // Resets the statement at its end: one that was not read to its end would hold its snapshot.
  struct Reset {
    void operator()(SQLite::Statement* statement) const { statement->tryReset(); }
  };
  using Statement = std::unique_ptr<SQLite::Statement, Reset>;

  // Without values; prepared at its first use. One of a kind at a time.
  Statement statement(const char* sql);
  SQLite::Database& database() { return database_; }

 private:
  SQLite::Database database_;
  std::map<std::string, std::unique_ptr<SQLite::Statement>, std::less<>> statements_;
};

class SqliteDatabase {
 public:
  enum class Durability { kSurvivesPowerCut, kMayBeLost };

  struct Schema {
    const char* sql;     // CREATE TABLE IF NOT EXISTS ...
    int application_id;  // who made the file
    int version;         // user_version
  };

  // Makes the file, readable by its owner only, where it is missing; one that may be lost is made
  // anew when it is damaged. Errors (kUnavailable): it cannot be opened, is damaged, is another
  // program's, or was made by a newer version.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::filesystem::path& file,
                                                      Schema schema, Durability durability);

  // Runs `work` in a transaction and returns its answer when that has reached the disk. `work` may
  // throw what SQLite throws: its changes are taken back then.
  template <typename Work>
  auto write(Work work) -> Result<std::invoke_result_t<Work, SqliteLink&>> {
    std::optional<std::invoke_result_t<Work, SqliteLink&>> answer;
    auto done = write_one([&](SqliteLink& link) { answer = work(link); });
    if (!done) return std::unexpected(done.error());
    return *std::move(answer);
  }

  template <typename Work>
  auto read(Work work) -> Result<std::invoke_result_t<Work, SqliteLink&>> {
    const std::lock_guard lock(read_mutex_);
    try {
      return work(reader_);
    } catch (const std::exception& error) {
      return std::unexpected(trouble(error));
    }
  }

  const std::filesystem::path& file() const { return file_; }

 private:
  struct Request {
    const std::function<void(SqliteLink&)>& work;
    std::optional<Result<void>> answer = {};
  };

  SqliteDatabase(const std::filesystem::path& file, int flags)
      : file_(file), writer_(file, flags), reader_(file, flags) {}

  Result<void> write_one(const std::function<void(SqliteLink&)>& work);
  void write_all(const std::vector<Request*>& requests);
  Error trouble(const std::exception& error) const;

  std::filesystem::path file_;

  std::mutex queue_mutex_;  // guards all from here to last_count_, and the requests' answers
  std::condition_variable came_, written_;
  std::vector<Request*> waiting_;
  bool is_writing_ = false;                           // somebody has the writer
  std::chrono::steady_clock::duration last_time_{0};  // of the last write
  std::size_t last_count_ = 0;                        // of those whose write it was

  SqliteLink writer_;
  std::mutex read_mutex_;  // guards the reader
  SqliteLink reader_;
};

}  // namespace pawfect
