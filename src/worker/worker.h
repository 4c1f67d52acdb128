// Worker: takes jobs from the queue and runs them in engine children, as JobPolicy says. This
// process holds leases, watches progress and commits; a child does what may crash, hang or eat
// memory (decoding, the engine), one child a job at once, used again for the next job. Owns its
// threads; start, then stop.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "config/service_config.h"
#include "metrics/service_context.h"
#include "store/job_board.h"
#include "store/stores.h"
#include "worker/worker_parts.h"

namespace pawfect {

class Worker {
 public:
  // All references outlive this. Returns when the first engine child has made its engine. Errors:
  // the engine's (kUsage, kModelMissing), kUnavailable when the data folder is not to be written to
  // or no child can be started.
  static Result<std::unique_ptr<Worker>> start(const ServiceConfig& config, const Stores& stores,
                                               JobBoard& board, const ServiceContext& context,
                                               WorkerSettings settings = {});
  ~Worker();

  // Takes no new job. Running ones are finished within `grace`, or else given back to the queue,
  // their children ended. Returns when that is done.
  void stop(Milliseconds grace);

  // Jobs that run now.
  int running() const;

 private:
  class Loop;
  explicit Worker(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace pawfect
