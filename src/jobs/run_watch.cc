#include "jobs/run_watch.h"

#include <algorithm>

namespace pawfect {

void RunWatch::reached(std::string_view stage, double fraction) {
  if (!is_ahead(stage_, fraction_, stage, fraction)) return;
  const MonotonicTime now = clock_.monotonic();
  slowest_step_ = std::max(slowest_step_, now - advanced_);
  advanced_ = now;
  stage_ = stage;
  fraction_ = fraction;
  is_news_ = true;
}

RunLook RunWatch::look() const {
  const MonotonicTime now = clock_.monotonic();
  if (now - lease_since_ >= lease_) return RunLook::kStalled;
  if (now - started_ >= limits_.longest_run) return RunLook::kOverTime;
  const bool is_time = now - lease_since_ >= lease_ / 3;
  return is_news_ && is_time ? RunLook::kExtend : RunLook::kGoOn;
}

void RunWatch::extended(MonotonicTime sent, Milliseconds lease) {
  lease_since_ = sent;
  lease_ = lease;
  is_news_ = advanced_ > sent;
}

}  // namespace pawfect
