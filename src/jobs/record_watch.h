// Finds jobs that nobody moves any more: leases that ran out and messages that were lost. It counts
// on its own monotonic clock from when it first saw a record's present version. So a jump of the
// wall clock does nothing, machines need not agree on a time, and after a restart every deadline
// simply counts anew. It is to be shown every job that has not ended, every few seconds. In memory;
// belongs to one thread.
#pragma once

#include <map>

#include "base/clock.h"
#include "jobs/job_limits.h"
#include "jobs/job_record.h"

namespace pawfect {

enum class Look {
  kFine,
  kLeaseRanOut,  // JobPolicy::on_lease_expired, or on_take
  kMessageLost,  // JobPolicy::on_resend, then put present_message() into the queue
  kOwesLetter,   // put dead_letter() into the dead-letter topic, then JobPolicy::on_letter_sent
};

class RecordWatch {
 public:
  // Both outlive this.
  RecordWatch(const Clock& clock, const JobLimits& limits) : clock_(clock), limits_(limits) {}

  Look look(const JobRecord& record);

  // The job is no longer in the store.
  void forget(const JobId& job) { seen_.erase(job); }

 private:
  struct Seen {
    std::uint64_t version = 0;
    MonotonicTime since;
  };

  const Clock& clock_;
  const JobLimits& limits_;
  std::map<JobId, Seen> seen_;  // jobs that have not ended
};

}  // namespace pawfect
