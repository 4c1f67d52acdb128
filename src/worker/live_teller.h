// LiveTeller: keeps Kind::kProgress of a running job up to date, for people; a few times a second
// at most, and never a reason to fail. Belongs to one thread.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "jobs/id.h"
#include "store/live_progress.h"
#include "store/session_store.h"

namespace pawfect {

// 0..1 of the whole job, for a stage of the line (docs/architecture.md) or of an engine.
double whole_progress(std::string_view stage, double fraction);

class LiveTeller {
 public:
  static constexpr Milliseconds kBetween{250};

  // `steps` is how many a sampler takes, where that is known. The references outlive this.
  LiveTeller(SessionStore& store, const Clock& clock, JobId job, int attempt,
             std::optional<int> steps);

  void reached(std::string_view stage, double fraction);

  // Writes what is new when it is time. To be called often.
  void tell();

 private:
  SessionStore& store_;
  const Clock& clock_;
  const JobId job_;
  const std::optional<int> steps_;
  const MonotonicTime started_;
  MonotonicTime next_;
  LiveProgress progress_;
  bool is_news_ = false;
};

}  // namespace pawfect
