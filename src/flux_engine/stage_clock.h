// StageClock: hears the progress of an engine that goes through stages, times each, and passes on
// one fraction that never falls. Used in the thread that runs the job.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "fill/stage_times.h"

namespace pawfect {

class StageClock {
 public:
  // `outer` must outlive this.
  explicit StageClock(const JobControl& outer) : outer_(outer) {}

  // To be given to the stages; valid as long as this is.
  JobControl control();

  // Ends the last stage. Seconds by stage, in the order in which they first came.
  std::vector<StageTime> finish();

 private:
  using Clock = std::chrono::steady_clock;

  void hear(std::string_view stage, double fraction);

  const JobControl& outer_;
  StageTimes times_;
  std::string stage_;
  Clock::time_point since_;
  double reached_ = 0;
};

}  // namespace pawfect
