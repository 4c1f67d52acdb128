// What becomes of a job: every rule about states, attempts, leases, labels and back-off, without
// I/O (docs/jobs.md has them as a picture and a table). Each function looks at a copy of the job's
// record, changes it or not, and says what to do. When the record's version rose, the caller writes
// it back by compare-and-set and, if somebody was quicker, reads it and asks again; only then does
// he act on the answer. Safe from any thread when the clock and the random numbers are.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/job_limits.h"
#include "jobs/job_message.h"
#include "jobs/job_record.h"

namespace pawfect {

enum class LabelState { kThere, kMissing, kNoLabeler, kPromptGiven };
enum class PromptPlan { kGiven, kLabels, kCaptionThenEmpty };
enum class Leased { kStill, kRanOut };  // as RecordWatch sees it

struct TakeRequest {
  std::string owner;   // the worker, for people
  JobMessage message;  // as it came out of the queue
  LabelState labels = LabelState::kMissing;
  Leased lease = Leased::kStill;  // of whoever runs the job
  Milliseconds slowest_step{0};   // of the engine, as far as the worker knows
};

// Do the job: report with `attempt`.
struct Start {
  int attempt = 0;
  Milliseconds lease{0};
  PromptPlan prompt = PromptPlan::kCaptionThenEmpty;
};
// There are no labels yet: back into the queue with this payload, or unchanged where it cannot be.
struct WaitForLabels {
  Milliseconds delay{0};
  JobMessage message;
};
// Somebody has the job, or its time has not come: back into the queue as it is.
struct LookAgain {
  Milliseconds delay{0};
};
// The job has ended: out of the queue.
struct Drop {};
using Taken = std::variant<Start, WaitForLabels, LookAgain, Drop>;

struct Progress {
  std::string stage;
  double fraction = 0;           // 0..1 in that stage
  Milliseconds slowest_step{0};  // of this attempt so far
};
// Another stage, or further in the same one.
bool is_ahead(std::string_view old_stage, double old_fraction, std::string_view stage,
              double fraction);

struct Success {
  std::string result;  // a blob_name()
  PromptSource prompt = PromptSource::kUndecided;
};

enum class Retry { kWorthwhile, kPointless };

enum class ProgressAnswer { kExtended, kNoProgress, kStop };
enum class SuccessAnswer {
  kCommitted,
  kAlreadyCommitted,  // by this very attempt: its first answer was lost
  kRefused,           // another attempt has or had the job, or it was cancelled: remove the result
};
enum class FailureAnswer {
  kRequeued,  // put present_message() into the queue, due after the record's delay
  kDied,      // owes a dead letter
  kIgnored,   // no longer his business, or nobody's
};
enum class CancelAnswer { kCancelled, kEndedBefore };
enum class LabelAnswer { kWakeUp, kInTime, kLate, kKnown };  // kWakeUp: may be taken at once

class JobPolicy {
 public:
  using Random = std::function<double()>;  // evenly in 0..1

  // The clock and the limits outlive this.
  JobPolicy(const Clock& clock, const JobLimits& limits, Random random)
      : clock_(clock), limits_(limits), random_(std::move(random)) {}

  // A new job; times and counters of `message` are set here.
  JobRecord accept(JobMessage message) const;

  // A message came out of the queue. Error (kBug): it is another job's.
  Result<Taken> on_take(JobRecord& record, const TakeRequest& request) const;

  // From the worker that runs the attempt.
  ProgressAnswer on_progress(JobRecord& record, int attempt, const Progress& progress) const;
  SuccessAnswer on_success(JobRecord& record, int attempt, const Success& success) const;
  FailureAnswer on_failure(JobRecord& record, int attempt, Retry retry,
                           std::string_view reason) const;
  // The worker stops and did not finish: costs no attempt, until that happened too often.
  FailureAnswer on_release(JobRecord& record, int attempt) const;

  // From whoever saw the lease run out.
  FailureAnswer on_lease_expired(JobRecord& record) const;

  // The job's message seems lost and is about to be sent again; a second one does no harm.
  void on_resend(JobRecord& record) const;

  CancelAnswer on_cancel(JobRecord& record) const;
  LabelAnswer on_labels(JobRecord& record) const;
  void on_letter_sent(JobRecord& record) const;

  // A new life for a dead job; present_message() is to be put into the queue. Error (kUsage): it is
  // not dead.
  Result<void> on_replay(JobRecord& record) const;

 private:
  bool is_held_by(const JobRecord& record, int attempt) const;
  Milliseconds label_delay(const JobRecord& record, const JobMessage& message) const;
  Milliseconds lease_length(Milliseconds slowest_step) const;
  Milliseconds back_off(int failures) const;
  void happened(JobRecord& record, Happened what, std::string detail) const;
  void queue(JobRecord& record, JobState state, Milliseconds delay) const;
  FailureAnswer end_attempt(JobRecord& record, Retry retry, std::string_view reason) const;

  const Clock& clock_;
  const JobLimits& limits_;
  Random random_;
};

}  // namespace pawfect
