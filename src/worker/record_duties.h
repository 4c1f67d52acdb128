// What a record that was written asks of whoever wrote it (docs/jobs.md, "How to use it"): a
// message in the queue, a letter in the dead-letter topic. Both may be asked for twice; the queue
// lets the same one in once. Any thread. Errors: the stores', counted.
#pragma once

#include "base/error.h"
#include "jobs/job_policy.h"
#include "jobs/job_record.h"
#include "metrics/service_context.h"
#include "store/stores.h"

namespace pawfect {

// The job's message, due after `delay`.
Result<void> put_present_message(const Stores& stores, const ServiceContext& context,
                                 const JobRecord& record, Milliseconds delay);

// The letter of a dead job that owes one, and the note in the record that it was sent.
Result<void> send_owed_letter(const Stores& stores, const ServiceContext& context,
                              const JobPolicy& policy, const JobRecord& record);

// Counts the error of a store and passes it on.
template <typename T>
T&& counted(const ServiceContext& context, std::string_view store, T&& answer) {
  if (!answer) context.metrics.store_error(store);
  return std::forward<T>(answer);
}

}  // namespace pawfect
