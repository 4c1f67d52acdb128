// Sweeper: finds jobs that nobody moves any more (leases that ran out, messages that were lost,
// letters that are owed) and moves them. Every process that has a board may run one; several do no
// harm, because what they find is written by compare-and-set. Sweeper belongs to one thread;
// SweepThread owns one and its thread.
#pragma once

#include <memory>
#include <set>
#include <thread>

#include "base/clock.h"
#include "jobs/job_limits.h"
#include "jobs/job_policy.h"
#include "jobs/record_watch.h"
#include "metrics/service_context.h"
#include "store/job_board.h"
#include "store/job_records.h"
#include "store/stores.h"

namespace pawfect {

class Sweeper {
 public:
  // All references outlive this.
  Sweeper(const Stores& stores, JobBoard& board, const JobLimits& limits,
          const ServiceContext& context);

  // Looks at every open job once. To be called every few seconds.
  void sweep();

 private:
  void forget_ended(const std::set<JobId>& open);
  Result<void> end_lease(const JobRecord& seen);
  Result<void> send_message_again(const JobRecord& seen);

  const Stores& stores_;
  JobBoard& board_;
  const ServiceContext& context_;
  JobPolicy policy_;
  RecordWatch watch_;
  JobRecords records_;
  std::set<JobId> known_;
};

class SweepThread {
 public:
  SweepThread(const Stores& stores, JobBoard& board, const JobLimits& limits,
              const ServiceContext& context, Milliseconds every = Milliseconds(3'000));

 private:
  Sweeper sweeper_;
  std::jthread thread_;  // the last member: ends before what it uses
};

}  // namespace pawfect
