#include "fill/stage_times.h"

#include <algorithm>

namespace pawfect {

void StageTimes::add(std::string_view name, double seconds) {
  const auto stage = std::ranges::find(stages_, name, &StageTime::name);
  if (stage == stages_.end()) {
    stages_.push_back({std::string(name), seconds});
  } else {
    stage->seconds += seconds;
  }
}

}  // namespace pawfect
