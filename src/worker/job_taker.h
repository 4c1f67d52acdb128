// JobTaker: what is done with a message out of the queue. Asks JobPolicy, writes the record, and
// then carries out the answer: everything but running the job. Belongs to one thread.
#pragma once

#include <optional>
#include <string>

#include "jobs/job_policy.h"
#include "store/job_records.h"
#include "worker/fill_options.h"
#include "worker/label_state.h"
#include "worker/worker_parts.h"

namespace pawfect {

// An attempt that begins. Its lease counts from `taken`.
struct TakenJob {
  Delivery delivery;
  JobRecord record;
  Start start;
  MonotonicTime taken;
  Result<FillOptions> options;
  std::optional<SceneLabels> labels;
};

class JobTaker {
 public:
  // All references outlive this. `owner` is this taker alone: two that go by the same name would
  // take each other's jobs for their own after an error of the store.
  JobTaker(const WorkerParts& parts, const JobPolicy& policy, std::string owner);

  // The job, when it is to be run now; the message is then still to be acknowledged or put back.
  std::optional<TakenJob> take(Delivery delivery);

  // How slow the engine lately was, for the length of leases.
  void learn(Milliseconds slowest_step) { slowest_step_ = slowest_step; }

 private:
  struct Decision {
    Result<Taken> taken;
    LabelAnswer labels = LabelAnswer::kKnown;
  };

  Result<std::optional<JobRecord>> decide(const JobRecord& before, const TakeRequest& request,
                                          Decision& decision);
  void nobody_knows(const Delivery& delivery);
  void put_back(const Delivery& delivery, Milliseconds delay, const JobMessage& payload);
  void acknowledge(const Delivery& delivery);
  std::string owner_with(const FillOptions& options) const;
  void count(const JobRecord& record, const Decision& decision, LabelState labels);

  const WorkerParts& parts_;
  const JobPolicy& policy_;
  const std::string owner_;
  JobRecords records_;
  Sessions sessions_;
  Milliseconds slowest_step_{0};
};

}  // namespace pawfect
