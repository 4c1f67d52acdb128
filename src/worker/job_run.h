// JobRun: one attempt of a job, from the take that was written to the end that is written. Brings
// the pictures to the engine child, hears its progress and lets the lease live from it, stops the
// child when the job is no longer wanted, has stalled, or the worker stops. Belongs to one thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>

#include "jobs/run_watch.h"
#include "worker/attempt_end.h"
#include "worker/engine_process.h"
#include "worker/job_taker.h"
#include "worker/live_teller.h"
#include "worker/work_folder.h"
#include "worker/worker_parts.h"

namespace pawfect {

// What a worker's engine child is to be made with; `variant` empty: the worker's own.
EngineChildSetup engine_setup(const ServiceConfig& config, const std::string& variant);

class JobRun {
 public:
  // All references outlive this. `release`: the worker stops, and the job is to be given back.
  JobRun(const WorkerParts& parts, const JobPolicy& policy, const WorkRoom& room,
         EngineProcess& engine, const TakenJob& job, std::stop_token release);
  ~JobRun();
  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;

  // Returns the engine's slowest step; empty: it stalled, and nothing is known of its pace.
  std::optional<Milliseconds> run();

 private:
  struct Finished {
    EngineDone done;
  };
  enum class Why { kEngine, kMemory, kInput, kCrashed, kStalled };
  struct Failed {
    Why why = Why::kEngine;
    std::string reason;
  };
  struct Released {};
  struct NotOurs {};
  using Outcome = std::variant<Finished, Failed, Released, NotOurs>;

  Outcome work(const WorkFolder& folder);
  // Empty: it is there.
  std::optional<Outcome> fetch(const WorkFolder& folder, const std::string& blob, const char* name);
  std::optional<Outcome> prepare_engine(const EngineChildSetup& setup);
  Outcome fill(const WorkFolder& folder, const FillOptions& options);
  // Empty: the work goes on. Extends the lease when it is time.
  std::optional<Outcome> look();
  std::optional<Outcome> extend();
  bool is_still_ours();
  void reached(std::string_view stage, double fraction);
  void stop_engine(const Outcome& why);
  void end(const WorkFolder& folder, const Outcome& outcome);
  static Failed failure_of(const EngineFailed& failed);
  static std::string_view kind_of(Why why);

  const WorkerParts& parts_;
  const JobPolicy& policy_;
  const WorkRoom& room_;
  EngineProcess& engine_;
  const TakenJob& job_;
  const std::stop_token release_;
  const ChosenPrompt prompt_;
  JobRecords records_;
  RunWatch watch_;
  LiveTeller live_;
  AttemptEnd end_;
  std::atomic<bool> has_changed_ = false;  // set by the board's thread
  JobBoard::Watch board_watch_;
  MonotonicTime next_extension_;        // of the lease, after one that failed
  MonotonicTime next_queue_extension_;  // of the message
};

}  // namespace pawfect
