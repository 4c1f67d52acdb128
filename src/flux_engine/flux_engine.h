// FLUX.1-Fill as an engine of this program: a window of the photo is brought to a size that the
// model knows, filled there, and brought back. Weights are loaded with the first fill and stay; the
// text encoders only when a prompt is new, and before the others. One fill at a time: others wait.
#pragma once

#include <memory>

#include "base/error.h"
#include "fill/registry.h"

namespace pawfect {

// Looks at the files, the device and what both need of memory (docs/flux.md); loads nothing yet,
// unless it is for many jobs on a card: then the model is loaded and a step of it tried.
// Errors: kUsage for an unknown backend or variant; kModelMissing for files that are missing or
// refused, a backend that is not here or does not run all of the model, and when the device has too
// little memory for the smallest picture.
Result<std::unique_ptr<FillEngine>> make_flux_engine(const EngineSetup& setup);

}  // namespace pawfect
