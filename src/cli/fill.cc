// pawfect fill: one photo here, a folder in batch.cc.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <span>

#include "cli/batch.h"
#include "cli/commands.h"
#include "cli/fill_file.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "image/resize.h"
#include "image/save.h"
#include "shell/arguments.h"

namespace pawfect {
namespace {

constexpr const char* kExitStatuses =
    "Exit status: 0 done, 2 usage, 3 bad input, 4 mask rejected, 5 model missing or refused,\n"
    "6 cancelled, 70 bug. With --batch: the number of photos that failed, 63 at most.";

struct FillCommand {
  FillFiles files;
  BatchFolders batch;
  std::filesystem::path report;
  std::filesystem::path preview;
  int preview_every = 5;
  bool is_quiet = false;
  FillSettings settings;
};

void add_options(CLI::App& app, FillCommand& command) {
  add_path(app, "--image", command.files.image, "the photo: JPEG, PNG, WebP or TIFF")
      ->group("Files");
  add_path(app, "--mask", command.files.mask,
           "picture in which white means fill; any size or depth")
      ->group("Files");
  add_path(app, "--out", command.files.out, "the filled photo; with --batch a folder")
      ->group("Files");
  add_path(app, "--overlay", command.files.overlay,
           "also write the photo with the mask drawn in; without --out only this")
      ->group("Files");
  add_path(app, "--compare", command.files.compare, "also write before and after side by side")
      ->group("Files");
  add_path(app, "--report", command.report, "also write what was done as JSON")->group("Files");
  add_path(app, "--preview", command.preview,
           "picture that shows what a model is at, written anew on the way")
      ->group("Files");
  add_whole_number(
      app, "--preview-every", 1, 200, [&](auto n) { command.preview_every = int(n); },
      "steps between two previews (default: 5)")
      ->group("Files");
  add_path(app, "--batch", command.batch.photos,
           "fill every photo of this folder; what is done is not done again")
      ->group("Batch");
  add_path(app, "--masks", command.batch.masks,
           "folder with a mask for each photo, or one mask for all")
      ->group("Batch");
  add_engine_options(app, command.settings);
  add_model_options(app, command.settings);
  add_mask_options(app, command.settings);
  add_save_options(app, command.settings);
  add_limit_options(app, command.settings);
  app.add_flag("--quiet", command.is_quiet, "print errors only");
}

Result<void> usage(std::string message) { return fail(ErrorCode::kUsage, std::move(message)); }

Result<void> check_batch(const FillCommand& command) {
  if (!command.files.image.empty()) {
    return usage("--image and --batch exclude each other; --batch takes the folder");
  }
  if (!command.files.mask.empty()) {
    return usage("--mask is for one photo; with --batch give --masks FOLDER or FILE");
  }
  if (!command.files.overlay.empty() || !command.files.compare.empty() ||
      !command.preview.empty()) {
    return usage(
        "--overlay, --compare and --preview are for one photo; leave them out with "
        "--batch");
  }
  if (command.batch.masks.empty()) {
    return usage("--masks is missing; give the folder with the masks, or one mask for all");
  }
  if (command.files.out.empty()) {
    return usage("--out is missing; give the folder for the filled photos");
  }
  return {};
}

struct NamedOutput {
  const char* option;
  const std::filesystem::path& file;
};

// True when both names lead to the same file that is there.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code problem;
  return std::filesystem::equivalent(a, b, problem);
}

std::filesystem::path full_name(const std::filesystem::path& file) {
  std::error_code problem;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(file, problem), problem);
}

// Of two outputs with one name only the one that is written last would be left.
Result<void> check_apart(std::span<const NamedOutput> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const auto& [option, file] = outputs[i];
      const auto& [other_option, other] = outputs[k];
      if (file.empty() || other.empty() || full_name(file) != full_name(other)) continue;
      return usage(fmt::format("{} {}: is the file of {} too; give it another name", option,
                               file.string(), other_option));
    }
  }
  return {};
}

Result<void> check_single(const FillCommand& command) {
  const FillFiles& files = command.files;
  if (!command.batch.masks.empty()) {
    return usage("--masks goes with --batch; for one photo give --mask FILE");
  }
  if (files.image.empty()) {
    return usage("--image is missing; give the photo, or a folder of photos with --batch");
  }
  if (files.mask.empty()) {
    return usage("--mask is missing; give a picture in which white means fill");
  }
  if (files.out.empty() && (files.overlay.empty() || !files.compare.empty())) {
    return usage("--out is missing; give the name of the filled photo");
  }
  const NamedOutput outputs[] = {{"--out", files.out},
                                 {"--overlay", files.overlay},
                                 {"--compare", files.compare},
                                 {"--report", command.report},
                                 {"--preview", command.preview}};
  for (const auto& [option, file] : outputs) {
    if (file.empty()) continue;
    if (is_same_file(file, files.image) || is_same_file(file, files.mask)) {
      return usage(fmt::format(
          "{} {}: is one of the inputs; choose another name, so that the original stays", option,
          file.string()));
    }
    if (Result<void> writable = check_output(file, option); !writable) return writable;
  }
  // A preview that cannot be written is passed over later, so its name is judged here.
  if (const auto container = container_for(command.preview, Container::kPng); !container)
    return std::unexpected(container.error());
  return check_apart(outputs);
}

std::string summary(const FillReport& report) {
  if (report.files.out.empty())
    return fmt::format("{}: mask drawn in", report.files.overlay.string());
  const std::size_t windows = report.job ? report.job->windows.size() : 0;
  return fmt::format("{}: filled {:.1f} % of the photo in {} window{}, {:.2f} s, seed {}",
                     report.files.out.string(), report.mask ? report.mask->cover * 100 : 0.0,
                     windows, windows == 1 ? "" : "s", report.seconds, report.settings.job.seed);
}

// Eight times as large as the latent; one that cannot be written must not cost the fill.
void write_preview(const Image& picture, const std::filesystem::path& file) {
  constexpr int kLarger = 8;
  const Image large = resize_image(picture, picture.width * kLarger, picture.height * kLarger);
  [[maybe_unused]] const auto saved = save_image(large, SourceInfo{}, file, SaveOptions{});
}

Result<void> report_fill(const FillReport& report, const std::filesystem::path& file) {
  if (file.empty()) return {};
  Json document = report_head("fill");
  document.update(fill_to_json(report));
  return write_report(document, file);
}

int fill_single(FillCommand& command) {
  if (const Result<void> checked = check_single(command); !checked)
    return print_error(checked.error());
  if (!command.preview.empty()) {
    command.settings.job.model.preview_every = command.preview_every;
    command.settings.job.preview = [&command](int, const Image& picture) {
      write_preview(picture, command.preview);
    };
  }
  const auto session =
      Session::start(command.settings, command.is_quiet ? Talk::kQuiet : Talk::kNormal);
  if (!session) {  // an engine whose weights are missing, for one
    FillReport report;
    report.files = command.files;
    report.settings = command.settings;
    report.error = session.error();
    static_cast<void>(report_fill(report, command.report));
    return print_error(session.error());
  }

  const JobControl control = (*session)->control_for(command.files.image.filename().string());
  const FillReport report =
      fill_file(command.files, command.settings, (*session)->engine(), control);
  (*session)->notice(report.notices);
  const Result<void> reported = report_fill(report, command.report);
  if (!reported && !report.error) return (*session)->error(reported.error());
  if (report.error) return (*session)->error(*report.error);
  (*session)->say(summary(report));
  return 0;
}

int fill_batch(FillCommand& command) {
  if (const Result<void> checked = check_batch(command); !checked)
    return print_error(checked.error());
  command.batch.out = command.files.out;
  const Talk talk = command.is_quiet ? Talk::kQuiet : Talk::kNormal;
  return run_batch(command.batch, command.report, command.settings, talk);
}

}  // namespace

int run_fill_command(std::span<char* const> arguments) {
  CLI::App app("Removes what the mask covers and fills in the background.", "pawfect fill");
  app.footer(kExitStatuses);
  FillCommand command;
  add_options(app, command);
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return command.batch.photos.empty() ? fill_single(command) : fill_batch(command);
}

}  // namespace pawfect
