// FillEngine: paints the hole of one window. An engine knows nothing of files, masks' clean-up or
// pasting; the pipeline does that. One engine may serve several jobs at once from several threads:
// `fill` is const and keeps all state on its own stack.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "crop/window.h"
#include "fill/stage_times.h"
#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

// What a person may ask of an engine that computes with a trained model. Empty: the model's own.
struct ModelOptions {
  std::optional<int> steps = {};
  std::optional<double> guidance = {};
  // Paints the rim of the hole once more, from its own picture noised to this strength (0..1).
  std::optional<double> refine = {};
  int preview_every = 0;  // steps; 0: no previews
};

// What such an engine did, for the report.
struct ModelRun {
  std::string variant;
  std::vector<std::string> files;  // names only
  std::string backend;             // "cpu", "cuda", "vulkan"
  std::string device;              // its own name
  std::string noise;               // how the seed becomes noise
  std::string multiplied_as;       // "stored": weights as they are in the file; "F16"
  int steps = 0;
  double guidance = 0;
  int text_tokens = 0;
  int width = 0, height = 0;  // at which the model worked
};

// A small picture of what the window looks like after `step` steps.
using PreviewFunction = std::function<void(int step, const Image& picture)>;

struct FillRequest {
  const Image& window;  // pixels of the window; hole pixels hold the photo's own (unwanted) content
  const Mask& hole;     // 255 = fill; same size as window
  const Mask& unusable;  // 255 = neither fill nor copy from; same size as window
  std::uint64_t seed = 0;
  int threads = 1;
  std::string prompt;            // ignored by engines without text
  ModelOptions model = {};       // ignored by engines without a model
  PreviewFunction preview = {};  // may be empty
};

struct FillResult {
  Image window;                        // same size, channels and depth as the request's
  std::vector<std::string> warnings;   // one line each, for the report
  std::optional<ModelRun> model = {};  // of engines with a model
  std::vector<StageTime> stages = {};  // of the engine, in their order
};

class FillEngine {
 public:
  virtual ~FillEngine() = default;

  virtual std::string_view name() const = 0;

  // How large the windows of this engine should be.
  virtual WindowPolicy window_policy() const = 0;

  // True when the engine's colours may drift against the surroundings (a VAE's tint), so that the
  // paste should add the colour field; an engine that copies known pixels and corrects them itself
  // says no.
  virtual bool wants_colour_field() const = 0;

  // Bytes that `fill` takes at its peak beyond the request, for a window of this size and hole.
  virtual std::int64_t memory_needed(int width, int height, std::int64_t hole_pixels,
                                     int channels) const = 0;

  // Fills every hole pixel of the window; the same seed gives the same bytes whatever `threads` is.
  // Errors: kMaskRejected when nothing usable surrounds the hole, kCancelled.
  virtual Result<FillResult> fill(const FillRequest& request, const JobControl& control) const = 0;
};

}  // namespace pawfect
