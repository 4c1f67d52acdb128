// LiveProgress: where an engine is with a job, for people: Kind::kProgress of the SessionStore. It
// may be lost, late or left out; nothing is decided by it. A value type.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pawfect {

struct LiveProgress {
  int attempt = 0;
  std::string stage;
  double fraction = 0;  // 0..1 in the stage
  double whole = 0;     // 0..1 of the job
  std::optional<int> step = {}, steps = {};
  std::optional<Milliseconds> left = {};  // estimated

  bool operator==(const LiveProgress&) const = default;
};

// {"attempt":1,"stage":"fill","fraction":0.5,"whole":0.4,"step":10,"steps":20,"leftMs":1200}
std::string to_text(const LiveProgress& progress);

// Empty: it is none.
std::optional<LiveProgress> parse_live_progress(std::string_view text);

}  // namespace pawfect
