// The truth about one job. It lives in the store; only JobPolicy changes it, on a copy, which is
// written back by compare-and-set (docs/jobs.md, "How to use it"). A value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "jobs/job_limits.h"
#include "jobs/job_message.h"

namespace pawfect {

enum class JobState { kQueued, kWaitingForLabels, kRunning, kDone, kDead, kCancelled };
enum class PromptSource { kUndecided, kGiven, kLabels, kCaption, kEmpty };
enum class LabelArrival { kNone, kInTime, kLate };
enum class Happened {
  kAccepted,
  kWaited,  // was put back because there were no labels
  kLabelled,
  kLabelledLate,
  kStarted,
  kReleased,
  kFailed,
  kDone,
  kDied,
  kCancelled,
  kReplayed,
};

// The right of one worker to finish the job. It ends by its attempt number, not by a time: whoever
// sees it unchanged for `length` of his own monotonic clock (jobs/record_watch.h) may end it.
struct Lease {
  std::string owner;
  int attempt = 0;  // the fencing token
  Milliseconds length{0};
  std::string stage;  // how far the work is; empty: not begun
  double fraction = 0;

  bool operator==(const Lease&) const = default;
};

struct HistoryEntry {
  WallTime at;
  int attempt = 0;  // 0: before the first
  Happened what = Happened::kAccepted;
  std::string detail;

  bool operator==(const HistoryEntry&) const = default;
};

struct JobRecord {
  JobMessage message;  // as it was accepted
  JobState state = JobState::kQueued;
  std::uint64_t version = 1;  // raised by every change

  int attempts_used = 0;  // since the accept or the last replay
  int last_attempt = 0;   // the newest fencing token; never falls
  int releases = 0;       // since the accept or the last replay
  int replays = 0;

  int label_requeues = 0;
  Milliseconds label_waited{0};  // all these waits together
  LabelArrival labels = LabelArrival::kNone;
  PromptSource prompt = PromptSource::kUndecided;  // of the result

  // Queued or waiting: not to be taken before that time, which was set that long ahead.
  WallTime not_before;
  Milliseconds delay{0};
  int resends = 0;  // of the message since then

  std::optional<Lease> lease;  // exactly while running
  std::string result;          // the blob; exactly when done
  std::string reason;          // of the last failure; empty: there was none
  bool owes_letter = false;    // dead, and the dead-letter topic does not have it yet
  std::vector<HistoryEntry> history;
  int history_dropped = 0;

  bool operator==(const JobRecord&) const = default;
};

// What the dead-letter topic holds about a job.
struct DeadLetter {
  JobMessage message;
  std::string reason;
  std::vector<HistoryEntry> history;
};

std::string_view state_name(JobState state);  // "waiting_for_labels"
std::string_view prompt_source_name(PromptSource source);
std::string_view arrival_name(LabelArrival arrival);
std::string_view happened_name(Happened what);

// Done, dead or cancelled.
bool has_ended(const JobRecord& record);

// The message with the counters as they are now: what is put (back) into the queue.
JobMessage present_message(const JobRecord& record);

// How long the job must not be taken yet; 0: it may. A wall clock that was set back does not make
// it longer than it once was.
Milliseconds too_early_by(const JobRecord& record, WallTime now);

// Of a dead job.
DeadLetter dead_letter(const JobRecord& record);

void add_history(JobRecord& record, HistoryEntry entry, const JobLimits& limits);

// Whether the parts of a record fit together; false is our bug or a damaged store.
bool is_consistent(const JobRecord& record);

}  // namespace pawfect
