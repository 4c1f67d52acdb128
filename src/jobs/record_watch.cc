#include "jobs/record_watch.h"

#include <algorithm>

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
  const Milliseconds doubled = limits_.lost_message * (1 << std::min(record.resends, 20));
  const Milliseconds patience = std::min(doubled, limits_.longest_lost_message);
  return unchanged >= record.delay + patience ? Look::kMessageLost : Look::kFine;
}

}  // namespace pawfect
