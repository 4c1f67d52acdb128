#include "flux_engine/stage_clock.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pawfect {
namespace {

// What part of a fill is done when a stage begins and when it ends, roughly as a card spends it.
struct Share {
  std::string_view stage;
  double begin, end;
};
constexpr std::array kShares = {Share{"text", 0.0, 0.03}, Share{"load", 0.03, 0.06},
                                Share{"encode", 0.06, 0.1}, Share{"steps", 0.1, 0.95},
                                Share{"decode", 0.95, 1.0}};

}  // namespace

JobControl StageClock::control() {
  return {[this](std::string_view stage, double fraction) { hear(stage, fraction); }, outer_.stop};
}

void StageClock::hear(std::string_view stage, double fraction) {
  const Clock::time_point now = Clock::now();
  if (stage != stage_) {
    if (!stage_.empty()) times_.add(stage_, std::chrono::duration<double>(now - since_).count());
    stage_ = stage;
    since_ = now;
  }
  const auto* share = std::ranges::find(kShares, stage, &Share::stage);
  if (share != kShares.end()) {
    const double here = share->begin + (share->end - share->begin) * std::clamp(fraction, 0.0, 1.0);
    reached_ = std::max(reached_, here);
  }
  outer_.report(stage, reached_);
}

std::vector<StageTime> StageClock::finish() {
  if (!stage_.empty())
    times_.add(std::exchange(stage_, {}),
               std::chrono::duration<double>(Clock::now() - since_).count());
  return times_.stages();
}

}  // namespace pawfect
