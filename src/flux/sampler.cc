#include "flux/sampler.h"

#include <fmt/format.h>

#include "flux/packing.h"

namespace pawfect {

Result<std::vector<float>> sample(FluxTransformer& transformer, std::span<const float> start,
                                  std::span<const float> condition, std::span<const float> sigmas,
                                  int first, const JobControl& control,
                                  const StepWatcher& watcher) {
  std::vector<float> latent(start.begin(), start.end());
  const int steps = int(sigmas.size()) - 1;
  for (int step = first; step < steps; ++step) {
    control.report("steps", double(step - first) / (steps - first));
    const auto velocity =
        transformer.run(join_tokens(latent, condition), sigmas[step], control.stop);
    if (!velocity) {
      Error error = velocity.error();
      if (error.code != ErrorCode::kCancelled)
        error.message = fmt::format("step {} of {}: {}", step + 1, steps, error.message);
      return std::unexpected(std::move(error));
    }
    const float width = sigmas[step + 1] - sigmas[step];
    for (std::size_t i = 0; i < latent.size(); ++i) latent[i] += width * (*velocity)[i];
    if (watcher) watcher(step, *velocity, latent);
  }
  control.report("steps", 1.0);
  return latent;
}

}  // namespace pawfect
