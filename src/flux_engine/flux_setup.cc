#include "flux_engine/flux_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "flux/prompt_encoder.h"

namespace pawfect {
namespace {

constexpr int kStep = 64;              // between two sizes that are tried, pixels
constexpr int kLeastWorkingSize = 64;  // asked for by hand, for trials
constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

Result<BackendKind> choose_backend(const std::string& name) {
  return name.empty() ? backends_here().front() : backend_by_name(name);
}

// The largest picture whose steps fit, and what is left for the autoencoder, which can work in
// tiles.
Result<void> divide_memory(FluxSetup& flux) {
  const PlanInput input = {flux.files, flux.device->kind(), flux.text_tokens};
  for (int side = flux.size.largest;; side = std::max(flux.size.smallest, side - kStep)) {
    const Result<MemoryPlan> plan = plan_memory(*flux.device, input, side, side);
    if (!plan) return std::unexpected(plan.error());
    const StageMemory& steps = plan->paint[1];
    if (steps.total() <= flux.memory_budget) {
      flux.size.largest = side;
      flux.text_bytes = plan->text_peak();
      const std::uint64_t left = flux.memory_budget - steps.weights;
      flux.vae_memory = plan->paint_peak() <= flux.memory_budget ? 0 : left;
      return {};
    }
    if (side > flux.size.smallest) continue;
    return fail(
        ErrorCode::kModelMissing,
        fmt::format("flux: {} takes {:.1f} GiB for weights and {:.1f} GiB to work on {}x{} "
                    "pixels, {} has {:.1f} GiB; take a smaller variant or another --backend",
                    flux.files.transformer.filename().string(), double(steps.weights) / kGiB,
                    double(steps.working) / kGiB, side, side, flux.device->description(),
                    double(flux.memory_budget) / kGiB));
  }
}

}  // namespace

Result<FluxSetup> set_up_flux(const EngineSetup& setup) {
  if (setup.models.empty()) {
    return fail(ErrorCode::kModelMissing,
                "--models is missing; the flux engine needs the folder with its weights "
                "(docs/flux.md says which), or take --engine texture, which needs none");
  }
  FluxSetup flux;
  flux.variant = setup.variant;
  Result<FluxFiles> files = find_flux_files(setup.models, setup.variant);
  if (!files) return std::unexpected(files.error());
  flux.files = std::move(*files);
  if (setup.text_tokens != 0) {
    const Result<int> length = t5_length(setup.text_tokens);
    if (!length) return std::unexpected(length.error());
    flux.text_tokens = *length;
  }
  if (setup.working_size != 0) {
    const int side = std::max(kLeastWorkingSize, setup.working_size / 16 * 16);
    flux.size = {.smallest = std::min(flux.size.smallest, side), .largest = side, .scale = 1};
  }

  const Result<BackendKind> kind = choose_backend(setup.backend);
  if (!kind) return std::unexpected(kind.error());
  Result<Device> device = Device::open(*kind, setup.threads);
  if (!device) return std::unexpected(device.error());
  flux.device = std::make_unique<Device>(std::move(*device));
  if (*kind != BackendKind::kCpu) {
    Result<Device> processor = Device::open(BackendKind::kCpu, setup.threads);
    if (!processor) return std::unexpected(processor.error());
    flux.processor = std::make_unique<Device>(std::move(*processor));
  }
  flux.memory_budget = flux.device->memory().free_bytes;
  if (setup.memory != 0) flux.memory_budget = std::min(flux.memory_budget, setup.memory);
  if (auto divided = divide_memory(flux); !divided) return std::unexpected(divided.error());
  return flux;
}

}  // namespace pawfect
