// The noise schedule of FLUX's flow matching (diffusers' FlowMatchEulerDiscreteScheduler, as
// FluxFillPipeline sets it; the same numbers as BFL's get_schedule). Pure functions.
#pragma once

#include <vector>

namespace pawfect {

// Noise levels of `steps` Euler steps, from 1 down, with the closing 0: steps + 1 numbers. They are
// shifted by exp(mu), mu = 0.5 + (image_tokens - 256) x (1.15 - 0.5) / (4096 - 256), not clamped.
std::vector<float> flux_sigmas(int steps, int image_tokens);

// The step that a run of `strength` (0..1) begins with: 0 for 1; `steps` when nothing is left to
// run. int(max(n - min(n x strength, n), 0)), as FluxFillPipeline cuts its schedule.
int first_step(int steps, double strength);

}  // namespace pawfect
