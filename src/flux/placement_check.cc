#include "flux/placement_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>

#include "flux/noise.h"
#include "flux/packing.h"

namespace pawfect {
namespace {

constexpr int kTokensPerSide = kCheckSide / kPixelsPerToken;

}  // namespace

Result<StepReport> run_one_step(FluxTransformer& transformer, const std::stop_token& stop) {
  const FluxSizes& sizes = transformer.sizes();
  if (auto ready = transformer.prepare(kTokensPerSide, kTokensPerSide, kCheckTextLength); !ready)
    return std::unexpected(ready.error());
  // Normal numbers are about what encoders and the noise of a first step give.
  const auto text = gaussian_noise(1, std::size_t(kCheckTextLength) * sizes.context);
  const auto pooled = gaussian_noise(2, std::size_t(sizes.vector));
  const auto tokens =
      gaussian_noise(3, std::size_t(kTokensPerSide) * kTokensPerSide * sizes.in_channels);
  transformer.set_prompt(text, pooled, 30.0f);
  const auto start = std::chrono::steady_clock::now();
  const auto velocity = transformer.run(tokens, 1.0f, stop);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  StepReport report = {transformer.placement(), taken.count(), transformer.weight_bytes(),
                       transformer.graph_bytes()};
  transformer.release_graph();
  if (!velocity) return std::unexpected(velocity.error());
  return report;
}

std::vector<Placement> placed_elsewhere(const StepReport& report, BackendKind asked) {
  std::vector<Placement> elsewhere;
  for (const Placement& placement : report.placement) {
    if (placement.backend != asked) elsewhere.push_back(placement);
  }
  return elsewhere;
}

Result<void> check_placement(const StepReport& report, BackendKind asked) {
  std::vector<std::string> kinds;
  for (const Placement& placement : placed_elsewhere(report, asked))
    kinds.push_back(placement_text(placement));
  if (kinds.empty()) return {};
  return fail(ErrorCode::kModelMissing,
              fmt::format("backend {}: it has no kernels for all of the transformer: {}; take "
                          "another variant, or permit it with --allow-cpu-nodes",
                          backend_name(asked), fmt::join(kinds, ", ")));
}

}  // namespace pawfect
