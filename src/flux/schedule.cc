#include "flux/schedule.h"

#include <algorithm>
#include <cmath>

namespace pawfect {

std::vector<float> flux_sigmas(int steps, int image_tokens) {
  const double mu = 0.5 + (image_tokens - 256) * (1.15 - 0.5) / (4096 - 256);
  const double shift = std::exp(mu);
  std::vector<float> sigmas;
  for (int i = 0; i < steps; ++i) {
    // numpy's linspace(1, 1 / steps, steps); the first is 1 exactly.
    const double s = steps == 1 ? 1.0 : 1.0 - i * (1.0 - 1.0 / steps) / (steps - 1);
    sigmas.push_back(float(shift / (shift + (1.0 / s - 1.0))));
  }
  sigmas.push_back(0.0f);
  return sigmas;
}

int first_step(int steps, double strength) {
  const double run = std::min(steps * strength, double(steps));
  return int(std::max(steps - run, 0.0));
}

}  // namespace pawfect
