#include "flux_engine/flux_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

#include "base/checked.h"
#include "flux/flux_fill.h"
#include "flux/placement_check.h"
#include "flux/prompt_encoder.h"
#include "flux_engine/flux_setup.h"
#include "flux_engine/planes.h"
#include "flux_engine/rim.h"
#include "flux_engine/stage_clock.h"

namespace pawfect {
namespace {

constexpr int kRingPx = 16;  // round the hole: what the colour field compares
constexpr std::string_view kNoise = "philox4x32-10, one counter a number, Box-Muller";

PixelRect grown(const PixelRect& rect, int by, const WorkingSize& size) {
  return intersection({rect.x - by, rect.y - by, rect.width + 2 * by, rect.height + 2 * by},
                      {0, 0, size.width, size.height});
}

Image preview_image(const LatentPreview& preview) {
  Image image(preview.width, preview.height, 3, SampleDepth::k8);
  const std::size_t plane = std::size_t(preview.width) * preview.height;
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      image.bytes[i * 3 + c] =
          std::uint8_t(std::lround((preview.rgb[c * plane + i] / 2 + 0.5f) * 255));
    }
  }
  return image;
}

class FluxEngine : public FillEngine {
 public:
  explicit FluxEngine(FluxSetup setup, const std::filesystem::path& models)
      : setup_(std::move(setup)),
        prompt_files_(find_tokenizers(models, setup_.files.t5, setup_.files.clip)) {}

  std::string_view name() const override { return "flux"; }

  WindowPolicy window_policy() const override {
    return {.join_factor = 0.35,
            .join_min = 16,
            .context_factor = 0.3,
            .context_min = 64,
            .context_max = 512,
            .side_min = 512,
            .shape_max = 2};
  }

  bool wants_colour_field() const override { return true; }

  std::int64_t memory_needed(int width, int height, std::int64_t, int) const override;

  Result<FillResult> fill(const FillRequest& request, const JobControl& control) const override;

  // Loads the model and runs a step of it. Errors (kModelMissing): it does not load, its numbers
  // are not finite, or not all of it runs on the card.
  Result<void> try_step() const;
  bool is_on_card() const { return setup_.device->kind() != BackendKind::kCpu; }

 private:
  Result<PromptEmbedding> embed(const FillRequest& request, const JobControl& control,
                                std::vector<std::string>& warnings) const;
  // The model, which is loaded when it is first asked for and stays until this ends.
  Result<FluxFill*> load() const;
  Result<std::vector<float>> paint(FluxFill& model, const ModelInput& input,
                                   const PromptEmbedding& prompt, const FillRequest& request,
                                   const WorkingSize& size, const PixelRect& part,
                                   const JobControl& control) const;
  ModelRun describe(const FillRequest& request, const WorkingSize& size) const;

  int steps_of(const FillRequest& request) const {
    return request.model.steps.value_or(setup_.steps);
  }
  double guidance_of(const FillRequest& request) const {
    return request.model.guidance.value_or(setup_.guidance);
  }

  FluxSetup setup_;
  PromptFiles prompt_files_;
  mutable std::mutex model_mutex_;  // of all that follows
  mutable std::optional<FluxFill> model_;
};

std::int64_t FluxEngine::memory_needed(int width, int height, std::int64_t, int) const {
  const WorkingSize size = choose_working_size(width, height, setup_.size);
  const std::int64_t pixels = std::int64_t{size.width} * size.height;
  // Planes of the model, their copies on the way, and the smooth window with its membrane.
  const std::int64_t host =
      pixels * 3 * std::int64_t(sizeof(float)) * 4 + std::int64_t{width} * height * (23 + 6 + 24);
  if (setup_.device->kind() != BackendKind::kCpu) return host;
  const auto plan = plan_memory(
      *setup_.device, {setup_.files, BackendKind::kCpu, setup_.text_tokens, setup_.precision},
      size.width, size.height);
  std::uint64_t working = 0;
  for (const StageMemory& stage : plan ? plan->paint : std::vector<StageMemory>{})
    working = std::max(working, stage.working);
  return host + std::int64_t(working);
}

Result<PromptEmbedding> FluxEngine::embed(const FillRequest& request, const JobControl& control,
                                          std::vector<std::string>& warnings) const {
  // Beside the weights that are resident there may be no room on the card.
  const bool fits = setup_.device->kind() == BackendKind::kCpu ||
                    setup_.text_bytes <= setup_.device->memory().free_bytes;
  const Device& device = fits ? *setup_.device : *setup_.processor;
  PromptEncoder encoder(device, prompt_files_, PromptCache::default_folder());
  auto prompt = encoder.embed(request.prompt, setup_.text_tokens, control.stop);
  if (!prompt) return prompt;
  if (prompt->t5_truncated || prompt->clip_truncated) {
    warnings.push_back(fmt::format(
        "the prompt is longer than the text encoders take ({} tokens of T5, 77 of CLIP); its end "
        "was left out",
        setup_.text_tokens));
  }
  if (!encoder.cache_warning().empty()) warnings.push_back(encoder.cache_warning());
  return prompt;
}

Result<FluxFill*> FluxEngine::load() const {
  if (model_) return &*model_;
  auto model =
      FluxFill::open(*setup_.device, setup_.files, setup_.precision, {.memory = setup_.vae_memory});
  if (!model) return std::unexpected(model.error());
  return &model_.emplace(std::move(*model));
}

// Planar RGB of `part`.
Result<std::vector<float>> FluxEngine::paint(FluxFill& model, const ModelInput& input,
                                             const PromptEmbedding& prompt,
                                             const FillRequest& request, const WorkingSize& size,
                                             const PixelRect& part,
                                             const JobControl& control) const {
  FluxFillRequest job = {.rgb = input.rgb,
                         .mask = input.mask,
                         .width = size.width,
                         .height = size.height,
                         .prompt = prompt,
                         .steps = steps_of(request),
                         .guidance = float(guidance_of(request)),
                         .seed = request.seed,
                         .region = part,
                         .preview_every = request.model.preview_every};
  if (request.preview) {
    job.preview = [&](const LatentPreview& preview) {
      request.preview(preview.step, preview_image(preview));
    };
  }
  auto painted = model.fill(job, control);
  if (!painted || !request.model.refine) return painted;
  const RimInput rim = rim_input(input, *painted, part, size);
  job.rgb = rim.rgb;
  job.mask = rim.mask;
  job.preview = {};
  job.strength = std::max(*request.model.refine, 1.0 / job.steps);
  const auto again = model.fill(job, control);
  if (!again) return again;
  put_rim(*painted, *again, rim, part, size);
  return painted;
}

ModelRun FluxEngine::describe(const FillRequest& request, const WorkingSize& size) const {
  ModelRun run;
  run.variant = setup_.variant;
  for (const auto* file :
       {&setup_.files.transformer, &setup_.files.t5, &setup_.files.clip, &setup_.files.vae})
    run.files.push_back(file->filename().string());
  run.backend = backend_name(setup_.device->kind());
  run.device = setup_.device->description();
  run.noise = kNoise;
  run.multiplied_as = setup_.precision == Precision::kHalf ? "F16" : "stored";
  run.steps = steps_of(request);
  run.guidance = guidance_of(request);
  run.text_tokens = setup_.text_tokens;
  run.width = size.width, run.height = size.height;
  return run;
}

Result<FillResult> FluxEngine::fill(const FillRequest& request, const JobControl& outer) const {
  const std::scoped_lock one_at_a_time(model_mutex_);
  StageClock clock(outer);
  const JobControl control = clock.control();
  const Image& window = request.window;
  const WorkingSize size = choose_working_size(window.width, window.height, setup_.size);
  FillResult result;

  control.report("scale", 0);
  const ModelInput input = model_input(window, request.hole, request.unusable, size);
  control.report("text", 0);
  const auto prompt = embed(request, control, result.warnings);
  if (!prompt) return std::unexpected(prompt.error());
  control.report("load", 0);
  const Result<FluxFill*> model = load();
  if (!model) return std::unexpected(model.error());
  const PixelRect part = grown(input.hole_box, kRingPx, size);
  const auto painted = paint(**model, input, *prompt, request, size, part, control);
  if (!painted) return std::unexpected(painted.error());
  control.report("scale", 1);
  result.window =
      model_output(*painted, part, size, continue_smoothly(window, request.hole, request.unusable));
  result.model = describe(request, size);
  result.stages = clock.finish();
  return result;
}

Result<void> FluxEngine::try_step() const {
  const std::scoped_lock one_at_a_time(model_mutex_);
  const Result<FluxFill*> model = load();
  if (!model) return std::unexpected(model.error());
  const auto step = run_one_step((*model)->transformer());
  if (!step) return std::unexpected(step.error());
  return check_placement(*step, setup_.device->kind());
}

}  // namespace

Result<std::unique_ptr<FillEngine>> make_flux_engine(const EngineSetup& setup) {
  Result<FluxSetup> flux = set_up_flux(setup);
  if (!flux) return std::unexpected(flux.error());
  auto engine = std::make_unique<FluxEngine>(std::move(*flux), setup.models);
  // A worker learns now, not from its users' jobs, what the card cannot do.
  if (setup.has_many_jobs && engine->is_on_card()) {
    if (auto tried = engine->try_step(); !tried) return std::unexpected(tried.error());
  }
  return engine;
}

}  // namespace pawfect
