// SessionStore in SQLite: documents that must last in one database, those that may be lost
// (kProgress) in another that is never waited for. A feed is woken at once by writes of this
// process and finds those of others within some tens of milliseconds.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>

#include "store/session_store.h"
#include "store/sqlite_database.h"

namespace pawfect {

class SqliteSessionStore : public SessionStore {
 public:
  // Files "sessions.db" and "live.db" in the folder. Errors: SqliteDatabase::open.
  static Result<std::unique_ptr<SqliteSessionStore>> open(const std::filesystem::path& folder);

  Result<std::optional<Document>> read(Kind kind, std::string_view key) override;
  Result<std::optional<Revision>> create(Kind kind, std::string_view key,
                                         std::string_view text) override;
  Result<std::optional<Revision>> replace(Kind kind, std::string_view key, std::string_view text,
                                          Revision expected) override;
  Result<void> put(Kind kind, std::string_view key, std::string_view text) override;
  Result<bool> remove(Kind kind, std::string_view key, Revision expected) override;
  Result<std::unique_ptr<ChangeFeed>> follow(Kind kind) override;
  Result<void> check() override;

 private:
  class Feed;
  // Wakes the feeds of a kind.
  struct Bell {
    std::mutex mutex;  // guards the count
    std::condition_variable rung;
    std::uint64_t count = 0;
  };

  SqliteSessionStore(std::unique_ptr<SqliteDatabase> lasting, std::unique_ptr<SqliteDatabase> live)
      : lasting_(std::move(lasting)), live_(std::move(live)) {}

  SqliteDatabase& database(Kind kind) { return kind == Kind::kProgress ? *live_ : *lasting_; }
  Bell& bell(Kind kind) { return bells_[static_cast<std::size_t>(kind)]; }
  void ring(Kind kind);

  std::unique_ptr<SqliteDatabase> lasting_, live_;
  std::array<Bell, std::size(kEveryKind)> bells_;
};

}  // namespace pawfect
