// SessionStore: the port to where the truth about sessions and jobs lives. A document is a text
// under a key; it is changed only by compare-and-set on its revision, so two writers never
// overwrite each other unseen. What the texts mean is not its business (store/job_records.h,
// store/session_record.h). A call that returned without an error has reached the disk, except for
// the kinds that may be lost. Safe from any thread. Errors: kUnavailable when the store cannot be
// reached or is full (nothing is known then about whether a write took place: read again), kBug.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace pawfect {

enum class Kind : std::uint8_t {
  kSession,      // key: session id
  kJob,          // key: job id; JobRecord
  kReport,       // key: "<job id>.<attempt>"; what a fill reported, JSON
  kIdempotency,  // key: 64 hexadecimal digits
  kProgress,     // key: job id; where the engine is, for people. May be lost at a crash.
};
inline constexpr Kind kEveryKind[] = {Kind::kSession, Kind::kJob, Kind::kReport, Kind::kIdempotency,
                                      Kind::kProgress};
std::string_view kind_name(Kind kind);  // "session"

// Rises with every write to a kind, across all of its keys; 0 is before the first.
using Revision = std::uint64_t;

struct Document {
  std::string key;
  std::string text;  // empty when removed
  Revision revision = 0;
  bool is_removed = false;
};

// Everything that happens to one kind, from its first document on. Belongs to one thread.
class ChangeFeed {
 public:
  virtual ~ChangeFeed() = default;

  // What was written since the last call, in order of revision; of several writes to one key at
  // least the last. Begins with every document that is there. Waits up to `wait` for the first;
  // empty: nothing happened. After an error the next call goes on where the last success ended.
  virtual Result<std::vector<Document>> next(Milliseconds wait) = 0;
};

class SessionStore {
 public:
  // Of a key: 1..100 characters of a-z, 0-9, '.', '_', '-'; of a text: this many bytes.
  static constexpr std::size_t kMostTextBytes = 600 * 1024;

  virtual ~SessionStore() = default;

  virtual Result<std::optional<Document>> read(Kind kind, std::string_view key) = 0;

  // Empty: there is a document of that key already.
  virtual Result<std::optional<Revision>> create(Kind kind, std::string_view key,
                                                 std::string_view text) = 0;

  // Empty: it is not there, or its revision is another one by now.
  virtual Result<std::optional<Revision>> replace(Kind kind, std::string_view key,
                                                  std::string_view text, Revision expected) = 0;

  // Whatever was there. Only for kProgress and kReport, whose keys have one writer.
  virtual Result<void> put(Kind kind, std::string_view key, std::string_view text) = 0;

  // False: its revision is another one by now. A document that is not there counts as removed.
  virtual Result<bool> remove(Kind kind, std::string_view key, Revision expected) = 0;

  // The first `next` of it does not wait when nothing is there.
  virtual Result<std::unique_ptr<ChangeFeed>> follow(Kind kind) = 0;

  // Whether a write would work now; for readiness. Error (kUnavailable): why not.
  virtual Result<void> check() = 0;
};

}  // namespace pawfect
