// The worker's own view of an attempt that it runs: when its lease is to be extended, and when the
// work has stalled. The lease lives from progress: a thread that spins or hangs extends nothing. It
// is over here before anybody else may end it, because the others start counting later. In memory;
// belongs to one thread, or its owner guards it.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "jobs/job_limits.h"
#include "jobs/job_policy.h"

namespace pawfect {

enum class RunLook {
  kGoOn,
  kExtend,    // JobPolicy::on_progress with progress(), then extended()
  kStalled,   // stop the engine, then JobPolicy::on_failure
  kOverTime,  // as above: it went on for longer than an attempt may
};

class RunWatch {
 public:
  // From before the take that got a lease of that length. Both references outlive this.
  RunWatch(const Clock& clock, const JobLimits& limits, MonotonicTime taken, Milliseconds lease)
      : clock_(clock),
        limits_(limits),
        started_(taken),
        advanced_(taken),
        lease_since_(taken),
        lease_(lease) {}

  // What the engine reports; being where it was already is no progress.
  void reached(std::string_view stage, double fraction);

  RunLook look() const;

  // What to tell the store.
  Progress progress() const { return {stage_, fraction_, slowest_step_}; }

  // The store took what was sent at that time, and the lease now has that length.
  void extended(MonotonicTime sent, Milliseconds lease);

 private:
  const Clock& clock_;
  const JobLimits& limits_;
  MonotonicTime started_, advanced_, lease_since_;
  Milliseconds lease_;
  Milliseconds slowest_step_{0};
  std::string stage_;
  double fraction_ = 0;
  bool is_news_ = false;  // the store does not know of the last progress
};

}  // namespace pawfect
