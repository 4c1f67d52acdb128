#include "cli/settings.h"

#include <CLI/CLI.hpp>
#include <cmath>

#include "shell/arguments.h"

namespace pawfect {
namespace {

constexpr std::int64_t kMiB = 1024 * 1024;

}  // namespace

void add_engine_options(CLI::App& app, FillSettings& settings) {
  FillSettings* s = &settings;
  app.add_option("--engine", s->engine,
                 "which engine fills the hole (default: texture, which needs no weights)")
      ->type_name("NAME")
      ->group("Engine");
  app.add_option("--prompt", s->job.prompt,
                 "the background in 1 to 3 words, for engines that read text")
      ->type_name("TEXT")
      ->group("Engine");
  add_seed(app, "--seed", s->job.seed,
           "another seed gives another fill; the same one the same bytes (default: 0)")
      ->group("Engine");
  add_whole_number(
      app, "--threads", 1, 256, [s](auto n) { s->threads = int(n); },
      "threads to use; the result does not depend on it (default: one a processor, at most 4)")
      ->group("Engine");
  add_whole_number(
      app, "--max-memory", 1, 1 << 20, [s](auto n) { s->job.memory_limit = n * kMiB; },
      "refuse a fill that would need more than this many MiB beyond the photo (default: no limit)")
      ->group("Engine");
}

void add_model_options(CLI::App& app, FillSettings& settings) {
  FillSettings* s = &settings;
  constexpr const char* kGroup = "Engines with a model";
  add_path(app, "--models", s->setup.models,
           "folder with the weights (default: $PAWFECT_MODELS, else the user's own)")
      ->group(kGroup);
  app.add_option("--variant", s->setup.variant, "which build of the weights, such as q8_0")
      ->envname("MODEL_VARIANT")
      ->type_name("NAME")
      ->group(kGroup);
  app.add_option("--backend", s->setup.backend,
                 "cpu, cuda or vulkan (default: the best that is here)")
      ->type_name("NAME")
      ->group(kGroup);
  add_whole_number(
      app, "--steps", 1, 200, [s](auto n) { s->job.model.steps = int(n); },
      "sampler steps (default: the variant's, 20)")
      ->group(kGroup);
  add_real_number(
      app, "--guidance", 0, 100, [s](double x) { s->job.model.guidance = x; },
      "how strictly the prompt is followed (default: the variant's, 30)")
      ->group(kGroup);
  add_whole_number(
      app, "--t5-length", 1, 512, [s](auto n) { s->setup.text_tokens = int(n); },
      "tokens that a prompt takes, rounded up to 64 (default: the variant's, 128)")
      ->group(kGroup);
  add_whole_number(
      app, "--working-size", 64, 2048, [s](auto n) { s->setup.working_size = int(n); },
      "longest side at which the model works (default: 512 to 1024, by the hole)")
      ->group(kGroup);
  add_real_number(
      app, "--refine", 0.05, 0.95, [s](double x) { s->job.model.refine = x; },
      "paint the rim of the hole once more at this strength, 0.2 to 0.35 (default: not)")
      ->group(kGroup);
}

void add_mask_options(CLI::App& app, FillSettings& settings) {
  MaskOptions* mask = &settings.mask;
  add_whole_number(
      app, "--grow", 0, kMaxGrowPx, [mask](auto n) { mask->grow_px = int(n); },
      "pixels by which the mask is grown (default: 8 for 1 megapixel to 12 for 12)")
      ->group("Mask");
  add_whole_number(
      app, "--blend", 0, kMaxBlendPx, [mask](auto n) { mask->blend_px = int(n); },
      "pixels over which the fill fades into the photo, inside the grown part (default: 6)")
      ->group("Mask");
  add_real_number(
      app, "--max-cover", 0.001, 1, [mask](double x) { mask->max_cover = x; },
      "refuse a mask that covers more than this share of the photo (default: 0.4)")
      ->group("Mask");
  add_whole_number(
      app, "--min-part", 1, 1'000'000, [mask](auto n) { mask->min_component_px = n; },
      "refuse a mask whose largest part has fewer pixels (default: 50)")
      ->group("Mask");
  app.add_flag("--invert", mask->invert, "black means fill instead of white")->group("Mask");
  app.add_flag("--follow-shadow", mask->follow_shadow,
               "grow the mask over the soft shadow at the object's foot")
      ->group("Mask");
}

void add_save_options(CLI::App& app, FillSettings& settings) {
  SaveOptions* save = &settings.save;
  add_whole_number(
      app, "--jpeg-quality", 1, 100, [save](auto n) { save->jpeg_quality = int(n); },
      "quality of a JPEG (default: the input's own)")
      ->group("Output");
  app.add_flag("--strip-location", save->strip_location, "leave out where the photo was taken")
      ->group("Output");
}

void add_limit_options(CLI::App& app, FillSettings& settings) {
  ImageLimits* limits = &settings.limits;
  add_real_number(
      app, "--max-megapixels", 0.001, 1000,
      [limits](double x) { limits->max_pixels = std::llround(x * 1e6); },
      "largest picture that is read, in millions of pixels (default: 64)")
      ->group("Limits");
  add_whole_number(
      app, "--max-side", 16, 65'000, [limits](auto n) { limits->max_side = int(n); },
      "longest side of a picture that is read (default: 16384)")
      ->group("Limits");
  add_real_number(
      app, "--max-mib", 0.001, 4096,
      [limits](double x) { limits->max_bytes = std::llround(x * kMiB); },
      "largest file that is read, in MiB (default: 32)")
      ->group("Limits");
}

}  // namespace pawfect
