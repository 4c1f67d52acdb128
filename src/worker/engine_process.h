// EngineProcess: a worker's side of its engine child (worker/engine_child.h): started when it is
// needed, used for one job after the other, replaced when it died, when another setup is wanted, or
// when it is used up. Belongs to one thread, which must live as long (worker/child_process.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "worker/child_process.h"
#include "worker/engine_messages.h"

namespace pawfect {

// This program, as `pawfect engine-child`.
ChildProgram engine_child_program();

struct EngineWear {
  int most_jobs = 1000;                    // of one child
  std::uint64_t most_growth = 1ull << 30;  // bytes in memory beyond those after its first job
};

// The child is no more.
struct EngineEnded {
  std::string how;  // "was ended by signal 11 (Segmentation fault)"
};
using EngineNews = std::variant<EngineReady, EngineProgress, EngineDone, EngineFailed, EngineEnded>;

class EngineProcess {
 public:
  explicit EngineProcess(ChildProgram program, EngineWear wear = {})
      : program_(std::move(program)), wear_(wear) {}

  // A child with that setup: the one that is there, or a new one, which tells EngineReady or
  // EngineFailed when it has made its engine. Error (kUnavailable): none can be started.
  Result<void> want(const EngineChildSetup& setup);

  // Whether it has made its engine.
  bool is_ready() const { return is_ready_; }
  bool is_there() const { return child_ != nullptr; }
  bool is_busy() const { return is_busy_; }  // with a job

  // Begins a job with the child that is ready; its number is set here. What goes wrong is news.
  void begin(EngineJob job);

  // What the child tells next; empty: nothing in that time.
  std::optional<EngineNews> hear(Milliseconds wait);

  // The job that runs is no longer wanted: EngineFailed with kCancelled follows, soon.
  void cancel();

  void kill();

 private:
  EngineNews lost();
  void take_note(std::uint64_t memory);

  const ChildProgram program_;
  const EngineWear wear_;
  std::unique_ptr<ChildProcess> child_;
  std::string setup_;  // of the child
  bool is_ready_ = false, is_busy_ = false;
  bool is_used_up_ = false;
  int jobs_ = 0;
  std::uint64_t first_memory_ = 0;
  std::int64_t number_ = 0;
};

}  // namespace pawfect
