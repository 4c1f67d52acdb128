// What stands in the queue for a job (docs/jobs.md, "The message"): which job, where its pictures
// are, and the counters that make waiting for labels end even when nothing else is known. The
// record (jobs/job_record.h) is the truth; a message only says that somebody should look at it, so
// a lost, repeated or old one does no harm. Value types and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/id.h"

namespace pawfect {

struct JobMessage {
  static constexpr int kVersion = 1;
  static constexpr std::size_t kMostBytes = 16 * 1024;          // of a message's text
  static constexpr std::size_t kMostOptionBytes = 8 * 1024;     // of the options in it
  static constexpr int kMostCount = 100;                        // of either counter
  static constexpr Milliseconds kLongestLabelWait{86'400'000};  // from enqueued_at to the deadline

  JobId job;
  SessionId session;
  std::string image, mask;     // names of blobs
  std::string options = "{}";  // a JSON object, on one line
  WallTime enqueued_at;
  int attempt = 0;        // that were used up when it was written
  int label_attempt = 0;  // how often it had been put back for labels
  WallTime label_deadline;

  bool operator==(const JobMessage&) const = default;
};

// A blob's name as it may stand in a message: up to 8 parts with '/' between, each of a-z, 0-9,
// '.',
// '_' and '-' and starting with a letter or digit; at most 200 bytes. Empty: it is none.
std::optional<std::string> blob_name(std::string_view text);

// Error (kBadInput): too long or deep, no JSON, a key twice, a member missing, of another type or
// out of range, or a version that this program does not know. Members beyond those of the version
// are passed over and not written back: one that matters comes with a new version.
Result<JobMessage> parse_job_message(std::string_view text);

// On one line. A message whose members are as above reads back as itself.
std::string to_text(const JobMessage& message);

}  // namespace pawfect
