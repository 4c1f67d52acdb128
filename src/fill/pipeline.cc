#include "fill/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "crop/colour_field.h"
#include "crop/paste.h"
#include "crop/windows.h"
#include "fill/job_memory.h"
#include "fill/untouched.h"

namespace pawfect {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;

// One fraction over all windows, each weighted by its hole. An engine that runs through several
// stages of 0..1 would make it fall; the highest fraction so far is reported instead.
class OverallProgress {
 public:
  OverallProgress(const JobControl& control, const WindowPlan& plan) : control_(control) {
    for (const WindowPlace& place : plan.places) total_ += double(place.hole_pixels);
  }

  // What the engine is given for one window.
  JobControl for_window(const WindowPlace& place) {
    const double share = double(place.hole_pixels) / total_;
    return {[this, share](std::string_view stage, double fraction) {
              reach(stage, done_ + share * std::clamp(fraction, 0.0, 1.0));
            },
            control_.stop};
  }

  void finish_window(const WindowPlace& place) {
    done_ += double(place.hole_pixels) / total_;
    reach("fill", done_);
  }

 private:
  void reach(std::string_view stage, double fraction) {
    highest_ = std::clamp(fraction, highest_, 1.0);
    control_.report(stage, highest_);
  }

  const JobControl& control_;
  double total_ = 0;
  double done_ = 0;  // of 1
  double highest_ = 0;
};

// The bytes needed, if they are allowed.
Result<std::int64_t> check_memory(const std::optional<std::int64_t>& needed, std::int64_t limit) {
  if (!needed) {
    return fail(ErrorCode::kBadInput,
                "image: filling it takes more memory than can be counted; give a smaller photo");
  }
  if (limit == 0 || *needed <= limit) return *needed;
  return fail(ErrorCode::kBadInput,
              fmt::format("image: filling it takes {:.0f} MiB of memory, {:.0f} MiB are allowed; "
                          "give a smaller photo or mask, or raise --max-memory",
                          double(*needed) / kMiB, double(limit) / kMiB));
}

Result<void> check_cancelled(const JobControl& control) {
  if (!control.is_cancelled()) return {};
  return fail(ErrorCode::kCancelled, "the job was cancelled; nothing was written");
}

Result<void> check_fill(const Image& filled, const Image& window, const FillEngine& engine) {
  const bool is_alike = filled.rect() == window.rect() && filled.channels == window.channels &&
                        filled.depth == window.depth && filled.bytes.size() == window.bytes.size();
  if (is_alike) return {};
  return fail(
      ErrorCode::kBug,
      fmt::format("engine {}: gave back {}x{} with {} channels of {} bits, {}x{} with {} of "
                  "{} is wanted; please report this",
                  engine.name(), filled.width, filled.height, filled.channels, int(filled.depth),
                  window.width, window.height, window.channels, int(window.depth)));
}

Result<void> check_untouched(const Image& photo, const Image& result, const Mask& composite) {
  const std::optional<PixelPosition> touched = find_touched_outside(photo, result, composite);
  if (!touched) return {};
  return fail(ErrorCode::kBug,
              fmt::format("self-check: the pixel at {},{} lies outside the mask and was changed; "
                          "nothing was written, please report this",
                          touched->x, touched->y));
}

// One job under way. Its parts outlive it; `result` is written to.
struct Job {
  const PreparedMask& mask;
  const FillEngine& engine;
  const JobOptions& options;
  StageTimes& times;
  JobResult& result;
};

Result<void> fill_window(const Job& job, const WindowPlan& plan, std::size_t index,
                         const JobControl& control) {
  const WindowPlace& place = plan.places[index];
  const Window window = job.times.measure("cut", [&] { return build_window(plan, index); });
  const Image pixels =
      job.times.measure("cut", [&] { return cut_out(job.result.image, window.rect); });

  const FillRequest request{.window = pixels,
                            .hole = window.hole,
                            .unusable = window.unusable,
                            .seed = job.options.seed + index,
                            .threads = job.options.threads,
                            .prompt = job.options.prompt,
                            .model = job.options.model,
                            .preview = job.options.preview};
  Result<FillResult> filled =
      job.times.measure("fill", [&] { return job.engine.fill(request, control); });
  if (!filled) return std::unexpected(filled.error());
  job.result.report.windows.push_back({place.rect, place.hole_box, place.hole_pixels,
                                       job.times.last_seconds(), std::move(filled->model)});
  for (const StageTime& stage : filled->stages) job.times.add("fill." + stage.name, stage.seconds);
  if (Result<void> fits = check_fill(filled->window, pixels, job.engine); !fits) return fits;
  std::ranges::move(filled->warnings, std::back_inserter(job.result.report.warnings));

  if (job.engine.wants_colour_field()) {
    if (Result<void> go_on = check_cancelled(control); !go_on) return go_on;
    job.times.measure(
        "colour", [&] { add_colour_field(filled->window, pixels, window.hole, window.unusable); });
  }
  job.times.measure(
      "paste", [&] { paste_back(job.result.image, filled->window, window, job.mask.composite); });
  return {};
}

}  // namespace

Result<JobResult> run_fill_job(const Image& photo, const PreparedMask& mask,
                               const FillEngine& engine, const JobOptions& options,
                               const JobControl& control) {
  if (mask.generate.rect() != photo.rect() || mask.composite.rect() != photo.rect()) {
    return fail(ErrorCode::kBug,
                fmt::format("run_fill_job: the mask has {}x{}, the photo {}x{}; "
                            "please report this",
                            mask.generate.width, mask.generate.height, photo.width, photo.height));
  }
  StageTimes times;
  JobResult result;
  const WindowPlan plan =
      times.measure("plan", [&] { return plan_windows(mask.generate, engine.window_policy()); });
  const Result<std::int64_t> needed =
      check_memory(job_memory(photo, plan, engine), options.memory_limit);
  if (!needed) return std::unexpected(needed.error());
  result.report.engine = engine.name();
  result.report.seed = options.seed;
  result.report.memory_bytes = *needed;
  result.image = times.measure("cut", [&] { return photo; });

  OverallProgress progress(control, plan);
  const Job job{mask, engine, options, times, result};
  for (std::size_t i = 0; i < plan.places.size(); ++i) {
    if (Result<void> go_on = check_cancelled(control); !go_on) {
      return std::unexpected(go_on.error());
    }
    const JobControl window_control = progress.for_window(plan.places[i]);
    if (Result<void> done = fill_window(job, plan, i, window_control); !done) {
      return std::unexpected(done.error());
    }
    progress.finish_window(plan.places[i]);
  }

  const Result<void> untouched =
      times.measure("check", [&] { return check_untouched(photo, result.image, mask.composite); });
  if (!untouched) return std::unexpected(untouched.error());
  result.report.stages = times.stages();
  return result;
}

}  // namespace pawfect
