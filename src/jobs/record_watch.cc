#include "jobs/record_watch.h"

namespace pawfect {

Look RecordWatch::look(const JobRecord& record) {
  const JobId& job = record.message.job;
  if (has_ended(record)) {
    forget(job);
    return record.owes_letter ? Look::kOwesLetter : Look::kFine;
  }
  const MonotonicTime now = clock_.monotonic();
  Seen& seen = seen_.try_emplace(job, Seen{record.version, now}).first->second;
  if (seen.version != record.version) seen = {record.version, now};
  const Milliseconds unchanged = now - seen.since;
  if (record.lease) return unchanged >= record.lease->length ? Look::kLeaseRanOut : Look::kFine;
  if (unchanged < record.delay + limits_.lost_message) return Look::kFine;
  seen.since = now;  // the next message has its own time
  return Look::kMessageLost;
}

}  // namespace pawfect
