// The straight line of a job: windows -> cut out -> engine -> colour field -> paste -> self-check.
// One window after the other, in the plan's order; holes of other windows are never a source,
// filled or not, so that a window's fill does not hang on the order. The photo is read only; the
// result is the one copy of it. Runs in the caller's thread; several jobs may run at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/rect.h"
#include "fill/engine.h"
#include "fill/stage_times.h"
#include "image/image.h"
#include "mask/prepare.h"

namespace pawfect {

struct JobOptions {
  std::uint64_t seed = 0;
  int threads = 1;
  std::string prompt = {};
  ModelOptions model = {};
  PreviewFunction preview = {};
  std::int64_t memory_limit = 0;  // bytes for everything that the job allocates beyond the photo
                                  // and its masks; 0: no limit
};

struct WindowReport {
  PixelRect rect;
  PixelRect hole_box;
  std::int64_t hole_pixels = 0;
  double seconds = 0;  // of the engine
  std::optional<ModelRun> model = {};
};

struct JobReport {
  std::string engine;
  std::uint64_t seed = 0;
  std::vector<WindowReport> windows;
  // "plan", "cut", "fill", "colour", "paste", "check"; the engine's own stages, which "fill" holds,
  // as "fill.NAME"
  std::vector<StageTime> stages;
  std::int64_t memory_bytes = 0;  // what the job was judged to need at its peak, see memory_limit
  std::vector<std::string> warnings;  // one line each
};

struct JobResult {
  Image image;
  JobReport report;
};

// Fills mask.generate and pastes by mask.composite. Every byte outside the composite mask equals
// the photo's; that is checked before returning. Progress is reported under the engine's own stage
// names with one fraction over all windows that never falls. The first window has options.seed, the
// next ones + 1 each. Errors: kBadInput over the memory limit (before anything is allocated),
// kMaskRejected from the engine, kCancelled, kBug when the engine or this program breaks the
// contract.
Result<JobResult> run_fill_job(const Image& photo, const PreparedMask& mask,
                               const FillEngine& engine, const JobOptions& options,
                               const JobControl& control);

}  // namespace pawfect
