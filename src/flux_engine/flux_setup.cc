#include "flux_engine/flux_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "flux/prompt_encoder.h"
#include "flux/variant_files.h"
#include "flux/variants.h"

namespace pawfect {
namespace {

constexpr int kStep = 64;              // between two sizes that are tried, pixels
constexpr int kLeastWorkingSize = 64;  // asked for by hand, for trials
constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

Result<BackendKind> choose_backend(const std::string& name) {
  return name.empty() ? backends_here().front() : backend_by_name(name);
}

// The largest picture whose steps fit, and what is left for the autoencoder, which can work in
// tiles. Nothing when not even the smallest fits.
Result<std::optional<MemoryPlan>> divide_memory(FluxSetup& flux, Precision precision, int least) {
  const PlanInput input = {flux.files, flux.device->kind(), flux.text_tokens, precision};
  for (int side = flux.size.largest; side >= least; side -= kStep) {
    const Result<MemoryPlan> plan = plan_memory(*flux.device, input, side, side);
    if (!plan) return std::unexpected(plan.error());
    const StageMemory& steps = plan->paint[1];
    if (steps.total() > flux.memory_budget) continue;
    flux.size.largest = side;
    flux.precision = precision;
    flux.text_bytes = plan->text_peak();
    flux.vae_memory =
        plan->paint_peak() <= flux.memory_budget ? 0 : flux.memory_budget - steps.weights;
    return *plan;
  }
  return std::nullopt;
}

Result<void> fit_device(FluxSetup& flux, bool has_many_jobs) {
  // On CUDA products of F16 are the quickest, where they leave room at full size with a tenth to
  // spare. Making F16 of all weights takes longer than one job gains.
  if (flux.device->kind() == BackendKind::kCuda && has_many_jobs) {
    const std::uint64_t budget = flux.memory_budget;
    flux.memory_budget -= budget / 10;
    const auto plan = divide_memory(flux, Precision::kHalf, flux.size.largest);
    flux.memory_budget = budget;
    if (!plan) return std::unexpected(plan.error());
    if (*plan) return {};
  }
  const auto plan = divide_memory(flux, Precision::kStored, flux.size.smallest);
  if (!plan) return std::unexpected(plan.error());
  if (*plan) return {};
  const int side = flux.size.smallest;
  const Result<MemoryPlan> least =
      plan_memory(*flux.device, {flux.files, flux.device->kind(), flux.text_tokens}, side, side);
  if (!least) return std::unexpected(least.error());
  const StageMemory& steps = least->paint[1];
  return fail(ErrorCode::kModelMissing,
              fmt::format("flux: {} takes {:.1f} GiB for weights and {:.1f} GiB to work on {}x{} "
                          "pixels, {} has {:.1f} GiB; take a smaller variant or another --backend",
                          flux.files.transformer.filename().string(), double(steps.weights) / kGiB,
                          double(steps.working) / kGiB, side, side, flux.device->description(),
                          double(flux.memory_budget) / kGiB));
}

// The variant's files and how it is run, unless the user says otherwise.
Result<void> take_variant(FluxSetup& flux, const EngineSetup& setup) {
  const Result<Manifest> manifest = Manifest::read(setup.models);
  if (!manifest) return std::unexpected(manifest.error());
  Result<ChosenVariant> chosen = choose_variant(*manifest, setup.variant, setup.models);
  if (!chosen) return std::unexpected(chosen.error());
  if (!chosen->variant->has_weights()) {
    return fail(ErrorCode::kUsage,
                fmt::format("--variant {}: belongs to another engine; leave out --engine flux",
                            chosen->variant->name));
  }
  if (auto sizes = read_model_sizes(chosen->files); !sizes) return std::unexpected(sizes.error());
  const VariantDefaults& defaults = chosen->variant->defaults;
  flux.variant = chosen->variant->name;
  flux.files = std::move(chosen->files);
  flux.steps = defaults.steps;
  flux.guidance = defaults.guidance;
  flux.text_tokens = defaults.t5_length;
  flux.size = {.smallest = defaults.smallest, .largest = defaults.largest};
  if (setup.text_tokens != 0) {
    const Result<int> length = t5_length(setup.text_tokens);
    if (!length) return std::unexpected(length.error());
    flux.text_tokens = *length;
  }
  if (setup.working_size != 0) {
    const int side = std::max(kLeastWorkingSize, setup.working_size / 16 * 16);
    flux.size = {.smallest = std::min(flux.size.smallest, side), .largest = side, .scale = 1};
  }
  return {};
}

}  // namespace

Result<FluxSetup> set_up_flux(const EngineSetup& setup) {
  FluxSetup flux;
  if (auto taken = take_variant(flux, setup); !taken) return std::unexpected(taken.error());
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
  if (auto fits = fit_device(flux, setup.has_many_jobs); !fits)
    return std::unexpected(fits.error());
  return flux;
}

}  // namespace pawfect
