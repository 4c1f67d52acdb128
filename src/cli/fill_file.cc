#include "cli/fill_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "cli/side_by_side.h"
#include "image/load.h"
#include "image/save.h"
#include "mask/outline.h"

namespace pawfect {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Runs one stage, tells of it and notes how long it took.
template <typename Work>
auto timed(FillReport& report, const JobControl& control, const char* name, Work work) {
  control.report(name, 0);
  const Clock::time_point start = Clock::now();
  auto result = work();
  report.stages.push_back({name, seconds_since(start)});
  return result;
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

Result<void> not_cancelled(const JobControl& control) {
  if (control.is_cancelled()) return fail(ErrorCode::kCancelled, "cancelled; nothing was written");
  return {};
}

// A picture for people to look at, without the photo's metadata.
Result<void> write_picture(const Image& picture, const std::filesystem::path& file) {
  const Result<SavedImage> saved = save_image(picture, SourceInfo{}, file, SaveOptions{});
  if (!saved) return std::unexpected(saved.error());
  return {};
}

// The line of a job; every finding goes into the report on the way, so that it is there even when a
// later step fails.
Result<void> run(FillReport& report, const FillEngine& engine, const JobControl& control) {
  const FillFiles& files = report.files;
  const FillSettings& settings = report.settings;

  const Result<LoadedImage> photo =
      timed(report, control, "load", [&] { return load_image(files.image, settings.limits); });
  if (!photo) return std::unexpected(photo.error());
  report.photo = PhotoSummary{photo->image.width, photo->image.height, photo->image.channels,
                              int(photo->image.depth), photo->source.container};
  append(report.notices, photo->notices);

  // Wrong names for the output are told before the work, not after it.
  if (!files.out.empty()) {
    const Result<Container> container = container_for(files.out, photo->source.container);
    if (!container) return std::unexpected(container.error());
    report.written = *container;
  }

  const Result<PreparedMask> mask = timed(report, control, "mask", [&]() -> Result<PreparedMask> {
    const Result<Image> levels = load_grey(files.mask, settings.limits);
    if (!levels) return std::unexpected(levels.error());
    return prepare_mask(*levels, photo->image, settings.mask);
  });
  if (!mask) return std::unexpected(mask.error());
  report.mask = mask->statistics;
  append(report.notices, mask->notices);

  if (!files.overlay.empty()) {
    const Result<void> drawn = timed(report, control, "overlay", [&] {
      return write_picture(draw_overlay(photo->image, *mask), files.overlay);
    });
    if (!drawn) return drawn;
  }
  if (files.out.empty()) return {};
  if (Result<void> go_on = not_cancelled(control); !go_on) return go_on;

  Result<JobResult> filled = run_fill_job(photo->image, *mask, engine, settings.job, control);
  if (!filled) return std::unexpected(filled.error());
  append(report.stages, filled->report.stages);
  append(report.notices, filled->report.warnings);
  report.job = std::move(filled->report);
  if (Result<void> go_on = not_cancelled(control); !go_on) return go_on;

  const Result<SavedImage> saved = timed(report, control, "save", [&] {
    return save_image(filled->image, photo->source, files.out, settings.save);
  });
  if (!saved) return std::unexpected(saved.error());
  append(report.notices, saved->notices);

  if (files.compare.empty()) return {};
  return timed(report, control, "compare", [&] {
    return write_picture(side_by_side(photo->image, filled->image), files.compare);
  });
}

}  // namespace

FillReport fill_file(const FillFiles& files, const FillSettings& settings, const FillEngine& engine,
                     const JobControl& control) {
  FillReport report;
  report.files = files;
  report.settings = settings;
  const Clock::time_point start = Clock::now();
  const Result<void> done = run(report, engine, control);
  if (!done) report.error = done.error();
  if (!done) report.written.reset();
  report.seconds = seconds_since(start);
  return report;
}

Result<void> check_output(const std::filesystem::path& file, std::string_view option) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  std::error_code problem;
  if (!std::filesystem::is_directory(folder, problem)) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{} {}: there is no folder {}; make it first or choose another", option,
                            file.string(), folder.string()));
  }
  // A device would be replaced by the finished file, a folder cannot be.
  if (std::filesystem::exists(file, problem) && !std::filesystem::is_regular_file(file, problem)) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{} {}: is a folder or a device; give the name of a file", option,
                            file.string()));
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format(
            "{} {}: the folder {} cannot be written to; choose another or change its rights",
            option, file.string(), folder.string()));
  }
  return {};
}

}  // namespace pawfect
