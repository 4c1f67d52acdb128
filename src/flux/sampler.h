// Euler's method over FLUX's noise levels: from noise to a latent. Runs in the caller's thread.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "flux/transformer.h"

namespace pawfect {

// What becomes of each step, for checks: its number, the velocity and the latent after it.
using StepWatcher =
    std::function<void(int step, std::span<const float> velocity, std::span<const float> latent)>;

// x += (sigma_{i+1} - sigma_i) x velocity, for i from `first` to the last. `start` and the result
// are S x 64 tokens, `condition` S x 320 (packing.h). The transformer is prepared and has its
// prompt. Reports "steps". Errors: FluxTransformer::run, with the step's number.
Result<std::vector<float>> sample(FluxTransformer& transformer, std::span<const float> start,
                                  std::span<const float> condition, std::span<const float> sigmas,
                                  int first, const JobControl& control,
                                  const StepWatcher& watcher = {});

}  // namespace pawfect
