#include "flux_engine/working_size.h"

#include <algorithm>
#include <cmath>

namespace pawfect {
namespace {

constexpr int kStep = 16;  // pixels of a token

int round_to_step(double side) { return std::max(kStep, int(std::lround(side / kStep)) * kStep); }

}  // namespace

WorkingSize choose_working_size(int width, int height, const SizePolicy& policy) {
  const double longer = std::max(width, height), shorter = std::min(width, height);
  double scale =
      std::clamp(longer * policy.scale, double(policy.smallest), double(policy.largest)) / longer;
  // The shorter side is to be large enough too, as far as the longer one's limit allows.
  scale = std::max(scale, policy.smallest / shorter);
  scale = std::min(scale, policy.largest / longer);
  return {round_to_step(width * scale), round_to_step(height * scale)};
}

}  // namespace pawfect
