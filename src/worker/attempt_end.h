// AttemptEnd: how an attempt ends in the record, the stores and the queue: with a result, with a
// reason, or given back. Asks JobPolicy, writes the record, then carries out the answer, then is
// done with the message. A store that does not answer is asked again as long as the caller's
// `goes_on` says; after that the attempt is lost, and its lease runs out. Belongs to one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "jobs/job_policy.h"
#include "store/job_records.h"
#include "worker/engine_messages.h"
#include "worker/job_taker.h"
#include "worker/prompt_choice.h"
#include "worker/worker_parts.h"

namespace pawfect {

class AttemptEnd {
 public:
  using GoesOn = std::function<bool()>;

  // All references outlive this.
  AttemptEnd(const WorkerParts& parts, const JobPolicy& policy, const TakenJob& job)
      : parts_(parts), policy_(policy), job_(job), records_(parts.stores.sessions) {}

  // Stores the file and the report, then commits. Error: it did not come to that, and why.
  Result<void> succeed(const std::filesystem::path& file, const EngineDone& done,
                       const ChosenPrompt& prompt, const GoesOn& goes_on);

  // `kind` is for ServiceMetrics::attempt_failed.
  void fail(Retry retry, std::string_view reason, std::string_view kind, const GoesOn& goes_on);

  // The worker stops.
  void release(const GoesOn& goes_on);

  // The job is no longer this attempt's: nothing is reported.
  void leave();

 private:
  std::string report(const EngineDone& done, const ChosenPrompt& prompt, Milliseconds run) const;
  std::string report_key() const;
  void remove_result(const std::string& blob);
  void follow_failure(FailureAnswer answer, const JobRecord& record);
  void acknowledge();

  const WorkerParts& parts_;
  const JobPolicy& policy_;
  const TakenJob& job_;
  JobRecords records_;
};

}  // namespace pawfect
