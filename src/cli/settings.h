// FillSettings: everything but the files that decides what a fill does, and the options that set
// it; the same for `fill`, `fill --batch` and `eval`. Value type.
#pragma once

#include <optional>
#include <string>

#include "fill/pipeline.h"
#include "fill/registry.h"
#include "image/limits.h"
#include "image/save.h"
#include "mask/prepare.h"

namespace CLI {
class App;
}

namespace pawfect {

struct FillSettings {
  std::string engine = "texture";
  EngineSetup setup;
  std::optional<int> threads;  // as asked; job.threads is what is used
  JobOptions job;
  MaskOptions mask;
  SaveOptions save;
  ImageLimits limits;
};

// --engine --prompt --seed --threads --max-memory
void add_engine_options(CLI::App& app, FillSettings& settings);

// --models --variant --backend --steps --guidance --t5-length --working-size --refine
void add_model_options(CLI::App& app, FillSettings& settings);

// --grow --blend --max-cover --min-part --invert --follow-shadow
void add_mask_options(CLI::App& app, FillSettings& settings);

// --jpeg-quality --strip-location
void add_save_options(CLI::App& app, FillSettings& settings);

// --max-megapixels --max-side --max-mib
void add_limit_options(CLI::App& app, FillSettings& settings);

}  // namespace pawfect
