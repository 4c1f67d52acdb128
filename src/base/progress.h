// How long work tells that it goes on and learns that it should stop. Both are passed in, never
// global. `report` is called from the thread that runs the job; `fraction` runs 0..1 within a stage
// and never falls. Cancellation is a std::stop_token, looked at between short pieces of work.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

namespace pawfect {

using ProgressFunction = std::function<void(std::string_view stage, double fraction)>;

struct JobControl {
  ProgressFunction progress;  // may be empty
  std::stop_token stop;

  void report(std::string_view stage, double fraction) const {
    if (progress) progress(stage, fraction);
  }
  bool is_cancelled() const { return stop.stop_requested(); }
};

}  // namespace pawfect
