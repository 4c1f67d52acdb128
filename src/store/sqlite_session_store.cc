#include "store/sqlite_session_store.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "store/store_key.h"

namespace pawfect {
namespace {

// A removed document stays as a row without text, so that feeds learn of it, until so many writes
// came after it. One counter gives the revisions of all kinds in a file.
constexpr Revision kRemovedAreKept = 10'000;
constexpr int kBatch = 500;                   // documents that a feed reads at once,
constexpr std::size_t kBatchBytes = 8 << 20;  // and of their texts, but for the last
constexpr Milliseconds kOthersWrites{50};     // between two looks for other processes' writes
constexpr int kApplicationId = 0x50614564;    // "PaEd"

constexpr SqliteDatabase::Schema kSchema{R"(
  CREATE TABLE IF NOT EXISTS document (
    kind INTEGER NOT NULL, key TEXT NOT NULL, text BLOB, revision INTEGER NOT NULL,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS document_by_revision ON document (kind, revision);
  CREATE INDEX IF NOT EXISTS removed_by_revision ON document (revision) WHERE text IS NULL;
  CREATE TABLE IF NOT EXISTS counter (only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER);
  INSERT OR IGNORE INTO counter VALUES (1, 0);
)",
                                         kApplicationId, 1};

int number(Kind kind) { return static_cast<int>(kind); }

void bind_text(SQLite::Statement& statement, int index, std::string_view text) {
  // An empty text is not the absence of one.
  statement.bind(index, text.empty() ? static_cast<const void*>("") : text.data(),
                 static_cast<int>(text.size()));
}

std::string bytes_of(const SQLite::Column& column) {
  const void* bytes = column.getBlob();
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), column.getBytes());
}

Revision next_revision(SqliteLink& link) {
  link.statement("UPDATE counter SET revision = revision + 1")->exec();
  auto counter = link.statement("SELECT revision FROM counter");
  counter->executeStep();
  return static_cast<Revision>(counter->getColumn(0).getInt64());
}

// The revision of what is there; 0: nothing is.
Revision present_revision(SqliteLink& link, Kind kind, std::string_view key) {
  auto found = link.statement(
      "SELECT revision FROM document WHERE kind = ? AND key = ? AND text IS NOT NULL");
  found->bind(1, number(kind));
  found->bind(2, std::string(key));
  return found->executeStep() ? static_cast<Revision>(found->getColumn(0).getInt64()) : 0;
}

// Now and then.
void drop_old_removals(SqliteLink& link, Revision newest) {
  if (newest % 100 != 0 || newest <= kRemovedAreKept) return;
  auto rows = link.statement("DELETE FROM document WHERE revision < ? AND text IS NULL");
  rows->bind(1, static_cast<std::int64_t>(newest - kRemovedAreKept));
  rows->exec();
}

// `text` null: removed.
Revision write_document(SqliteLink& link, Kind kind, std::string_view key,
                        const std::string_view* text) {
  const Revision revision = next_revision(link);
  auto row = link.statement("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)");
  row->bind(1, number(kind));
  row->bind(2, std::string(key));
  if (text != nullptr) bind_text(*row, 3, *text);
  row->bind(4, static_cast<std::int64_t>(revision));
  row->exec();
  drop_old_removals(link, revision);
  return revision;
}

}  // namespace

class SqliteSessionStore::Feed : public ChangeFeed {
 public:
  Feed(SqliteSessionStore& store, Kind kind) : store_(store), kind_(kind) {}

  Result<std::vector<Document>> next(Milliseconds wait) override {
    const auto end = std::chrono::steady_clock::now() + wait;
    while (true) {
      // Read before the look, so that a write during it is not slept through.
      const std::uint64_t heard = count();
      auto found = look();
      if (!found || !found->empty() || std::exchange(is_first_, false)) return found;
      const auto now = std::chrono::steady_clock::now();
      if (now >= end) return found;
      Bell& bell = store_.bell(kind_);
      std::unique_lock lock(bell.mutex);
      bell.rung.wait_until(lock, std::min(end, now + kOthersWrites),
                           [&] { return bell.count != heard; });
    }
  }

 private:
  std::uint64_t count() {
    Bell& bell = store_.bell(kind_);
    const std::lock_guard lock(bell.mutex);
    return bell.count;
  }

  Result<std::vector<Document>> look() {
    auto found = store_.database(kind_).read([&](SqliteLink& link) {
      std::vector<Document> documents;
      auto rows = link.statement(
          "SELECT key, text, revision FROM document WHERE kind = ? AND revision > ? "
          "ORDER BY revision LIMIT ?");
      rows->bind(1, number(kind_));
      rows->bind(2, static_cast<std::int64_t>(last_));
      rows->bind(3, kBatch);
      std::size_t bytes = 0;
      while (bytes < kBatchBytes && rows->executeStep()) {
        const bool is_removed = rows->getColumn(1).isNull();
        documents.push_back({rows->getColumn(0).getString(), bytes_of(rows->getColumn(1)),
                             static_cast<Revision>(rows->getColumn(2).getInt64()), is_removed});
        bytes += documents.back().text.size();
      }
      return documents;
    });
    if (found && !found->empty()) last_ = found->back().revision;
    return found;
  }

  SqliteSessionStore& store_;
  Kind kind_;
  Revision last_ = 0;
  bool is_first_ = true;
};

Result<std::unique_ptr<SqliteSessionStore>> SqliteSessionStore::open(
    const std::filesystem::path& folder) {
  auto lasting = SqliteDatabase::open(folder / "sessions.db", kSchema,
                                      SqliteDatabase::Durability::kSurvivesPowerCut);
  if (!lasting) return std::unexpected(lasting.error());
  auto live =
      SqliteDatabase::open(folder / "live.db", kSchema, SqliteDatabase::Durability::kMayBeLost);
  if (!live) return std::unexpected(live.error());
  return std::unique_ptr<SqliteSessionStore>(
      new SqliteSessionStore(std::move(*lasting), std::move(*live)));
}

void SqliteSessionStore::ring(Kind kind) {
  Bell& bell = this->bell(kind);
  {
    const std::lock_guard lock(bell.mutex);
    ++bell.count;
  }
  bell.rung.notify_all();
}

Result<std::optional<Document>> SqliteSessionStore::read(Kind kind, std::string_view key) {
  if (auto checked = check_document(key, ""); !checked) return std::unexpected(checked.error());
  return database(kind).read([&](SqliteLink& link) -> std::optional<Document> {
    auto row = link.statement(
        "SELECT text, revision FROM document WHERE kind = ? AND key = ? AND text IS NOT NULL");
    row->bind(1, number(kind));
    row->bind(2, std::string(key));
    if (!row->executeStep()) return std::nullopt;
    return Document{std::string(key), bytes_of(row->getColumn(0)),
                    static_cast<Revision>(row->getColumn(1).getInt64()), false};
  });
}

Result<std::optional<Revision>> SqliteSessionStore::create(Kind kind, std::string_view key,
                                                           std::string_view text) {
  if (auto checked = check_document(key, text); !checked) return std::unexpected(checked.error());
  auto written = database(kind).write([&](SqliteLink& link) -> std::optional<Revision> {
    if (present_revision(link, kind, key) != 0) return std::nullopt;
    return write_document(link, kind, key, &text);
  });
  if (written && *written) ring(kind);
  return written;
}

Result<std::optional<Revision>> SqliteSessionStore::replace(Kind kind, std::string_view key,
                                                            std::string_view text,
                                                            Revision expected) {
  if (auto checked = check_document(key, text); !checked) return std::unexpected(checked.error());
  auto written = database(kind).write([&](SqliteLink& link) -> std::optional<Revision> {
    const Revision present = present_revision(link, kind, key);
    if (present == 0 || present != expected) return std::nullopt;
    return write_document(link, kind, key, &text);
  });
  if (written && *written) ring(kind);
  return written;
}

Result<void> SqliteSessionStore::put(Kind kind, std::string_view key, std::string_view text) {
  if (auto checked = check_document(key, text); !checked) return checked;
  const auto written = database(kind).write(
      [&](SqliteLink& link) { return write_document(link, kind, key, &text); });
  if (!written) return std::unexpected(written.error());
  ring(kind);
  return {};
}

Result<bool> SqliteSessionStore::remove(Kind kind, std::string_view key, Revision expected) {
  if (auto checked = check_document(key, ""); !checked) return std::unexpected(checked.error());
  const auto removed = database(kind).write([&](SqliteLink& link) {
    const Revision present = present_revision(link, kind, key);
    if (present == 0) return true;
    if (present != expected) return false;
    write_document(link, kind, key, nullptr);
    return true;
  });
  if (removed && *removed) ring(kind);
  return removed;
}

Result<std::unique_ptr<ChangeFeed>> SqliteSessionStore::follow(Kind kind) {
  return std::make_unique<Feed>(*this, kind);
}

Result<void> SqliteSessionStore::check() {
  // A revision is left out; writing what is there already would not reach the disk.
  const auto written = lasting_->write([](SqliteLink& link) { return next_revision(link); });
  if (!written) return std::unexpected(written.error());
  return {};
}

}  // namespace pawfect
