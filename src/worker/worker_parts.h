// What every part of a worker works with: the configuration, the stores, the board, where to tell,
// and how its children and waits are set. References, which outlive whoever holds this; safe from
// any thread, as they are.
#pragma once

#include "base/clock.h"
#include "config/service_config.h"
#include "metrics/service_context.h"
#include "store/job_board.h"
#include "store/stores.h"
#include "worker/engine_process.h"

namespace pawfect {

struct WorkerSettings {
  ChildProgram engine_child = engine_child_program();
  EngineWear wear = {};
  Milliseconds take_wait{1'000};      // for a message, between two looks at whether to stop
  Milliseconds look_every{100};       // at a running job
  Milliseconds setup_time{600'000};   // to make an engine before any job is taken
  Milliseconds cancel_grace{5'000};   // for an engine to stop by itself
  Milliseconds patience{10'000};      // with a store that does not answer, where no lease says more
  Milliseconds unknown_delay{2'000};  // of a message whose job nobody knows, yet
  Milliseconds sweep_every{3'000};    // look for stuck jobs
};

struct WorkerParts {
  const ServiceConfig& config;
  const Stores& stores;
  JobBoard& board;
  const ServiceContext& context;
  const WorkerSettings& settings;
};

}  // namespace pawfect
