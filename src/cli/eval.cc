// pawfect eval: fills a folder of photos and measures how close it comes to the truth.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <vector>

#include "cli/commands.h"
#include "cli/eval_cases.h"
#include "cli/fill_file.h"
#include "cli/measures.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "image/load.h"
#include "image/save.h"
#include "shell/arguments.h"

namespace pawfect {
namespace {

struct EvalCommand {
  std::filesystem::path photos;
  std::filesystem::path out;
  std::filesystem::path report;
  bool is_quiet = false;
  FillSettings settings;
};

struct CaseScore {
  EvalCase of;
  double psnr = 0;    // only with truth
  double detail = 0;  // only with truth
  double seam = 0;
  double seconds = 0;      // mask and fill, without reading and writing files
  double cpu_seconds = 0;  // the same, of all threads
};

// The measures of several cases; a mean of none is 0.
struct Means {
  int cases = 0;
  int with_truth = 0;
  double psnr = 0;
  double detail = 0;
  double seam = 0;
  double seconds = 0;
  double cpu_seconds = 0;
};

double cpu_now() { return double(std::clock()) / CLOCKS_PER_SEC; }

Result<CaseScore> run_case(const EvalCase& of, const EvalCommand& command, Session& session) {
  const FillSettings& settings = command.settings;
  const Result<LoadedImage> photo = load_image(of.photo, settings.limits);
  if (!photo) return std::unexpected(photo.error());
  const Result<Image> levels = load_grey(of.mask, settings.limits);
  if (!levels) return std::unexpected(levels.error());

  const auto start = std::chrono::steady_clock::now();
  const double cpu_start = cpu_now();
  const Result<PreparedMask> mask = prepare_mask(*levels, photo->image, settings.mask);
  if (!mask) return std::unexpected(mask.error());
  const Result<JobResult> filled = run_fill_job(photo->image, *mask, session.engine(), settings.job,
                                                session.control_for(of.name));
  if (!filled) return std::unexpected(filled.error());

  CaseScore score{.of = of};
  score.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  score.cpu_seconds = cpu_now() - cpu_start;
  score.seam = seam_ratio(filled->image, mask->input);
  if (of.has_truth) {
    score.psnr = hole_psnr(filled->image, photo->image, mask->input);
    score.detail = detail_ratio(filled->image, photo->image, mask->input);
  }
  if (!command.out.empty()) {
    const auto saved =
        save_image(filled->image, photo->source,
                   command.out / (of.name + of.photo.extension().string()), settings.save);
    if (!saved) return std::unexpected(saved.error());
  }
  return score;
}

Means means_of(const std::vector<CaseScore>& scores) {
  Means means;
  for (const CaseScore& score : scores) {
    ++means.cases;
    means.with_truth += score.of.has_truth ? 1 : 0;
    means.psnr += score.psnr;
    means.detail += score.detail;
    means.seam += score.seam;
    means.seconds += score.seconds;
    means.cpu_seconds += score.cpu_seconds;
  }
  const double all = std::max(1, means.cases);
  const double true_ones = std::max(1, means.with_truth);
  means.psnr /= true_ones;
  means.detail /= true_ones;
  means.seam /= all;
  means.seconds /= all;
  means.cpu_seconds /= all;
  return means;
}

std::string table_row(const std::string& name, bool has_truth, double psnr, double detail,
                      double seam, double seconds, double cpu_seconds) {
  const std::string truth = has_truth ? fmt::format("{:8.2f} {:7.2f}", psnr, detail)
                                      : fmt::format("{:>8} {:>7}", "-", "-");
  return fmt::format("{:28} {} {:6.2f} {:8.3f} {:8.3f}", name, truth, seam, seconds, cpu_seconds);
}

Json score_to_json(const CaseScore& score) {
  Json json{{"case", score.of.name},
            {"photo", score.of.photo.string()},
            {"mask", score.of.mask.string()}};
  json["psnr_db"] = score.of.has_truth ? Json(score.psnr) : Json(nullptr);
  json["detail_ratio"] = score.of.has_truth ? Json(score.detail) : Json(nullptr);
  json["seam_ratio"] = score.seam;
  json["seconds"] = score.seconds;
  json["cpu_seconds"] = score.cpu_seconds;
  return json;
}

Json report_of(const EvalCommand& command, const std::vector<CaseScore>& scores, int failed) {
  Json document = report_head("eval");
  const FillSettings& settings = command.settings;
  document["engine"] = settings.engine;
  document["variant"] = settings.setup.variant;
  document["seed"] = settings.job.seed;
  document["threads"] = settings.job.threads;
  document["failed"] = failed;
  document["cases"] = Json::array();
  for (const CaseScore& score : scores) document["cases"].push_back(score_to_json(score));
  const Means means = means_of(scores);
  const bool any_truth = means.with_truth > 0;
  document["means"] = {{"cases", means.cases},
                       {"cases_with_truth", means.with_truth},
                       {"psnr_db", any_truth ? Json(means.psnr) : Json(nullptr)},
                       {"detail_ratio", any_truth ? Json(means.detail) : Json(nullptr)},
                       {"seam_ratio", means.seam},
                       {"seconds", means.seconds},
                       {"cpu_seconds", means.cpu_seconds}};
  return document;
}

Result<void> check_outputs(const EvalCommand& command) {
  if (command.photos.empty()) {
    return fail(ErrorCode::kUsage, "--photos is missing; give a folder with photos and masks");
  }
  if (!command.report.empty()) {
    if (Result<void> writable = check_output(command.report, "--report"); !writable)
      return writable;
  }
  std::error_code problem;
  if (!command.out.empty() && std::filesystem::equivalent(command.out, command.photos, problem)) {
    return fail(ErrorCode::kUsage,
                "--out is the folder of the photos; choose another, so that they stay");
  }
  return command.out.empty() ? Result<void>{} : check_output(command.out / "any", "--out");
}

int evaluate(EvalCommand& command) {
  if (const Result<void> checked = check_outputs(command); !checked)
    return print_error(checked.error());
  const Result<std::vector<EvalCase>> cases = find_eval_cases(command.photos);
  if (!cases) return print_error(cases.error());
  const auto started =
      Session::start(command.settings, command.is_quiet ? Talk::kQuiet : Talk::kNormal);
  if (!started) return print_error(started.error());
  Session& session = **started;

  session.say(fmt::format("{:28} {:>8} {:>7} {:>6} {:>8} {:>8}", "case", "PSNR dB", "detail",
                          "seam", "s", "CPU s"));
  std::vector<CaseScore> scores;
  int failed = 0;
  for (const EvalCase& of : *cases) {
    const Result<CaseScore> score = run_case(of, command, session);
    if (!score && score.error().code == ErrorCode::kCancelled) return session.error(score.error());
    if (!score) {
      ++failed;
      session.error({score.error().code, fmt::format("{}: {}", of.name, score.error().message)});
      continue;
    }
    scores.push_back(*score);
    session.say(table_row(of.name, of.has_truth, score->psnr, score->detail, score->seam,
                          score->seconds, score->cpu_seconds));
  }
  const Means means = means_of(scores);
  session.say(table_row(fmt::format("mean of {}", means.cases), means.with_truth > 0, means.psnr,
                        means.detail, means.seam, means.seconds, means.cpu_seconds));
  if (!command.report.empty()) {
    const Result<void> written = write_report(report_of(command, scores, failed), command.report);
    if (!written) return session.error(written.error());
  }
  return failed == 0 ? 0 : int(ErrorCode::kBadInput);
}

}  // namespace

int run_eval_command(std::span<char* const> arguments) {
  CLI::App app("Fills a folder of photos under known masks and measures the fills.",
               "pawfect eval");
  app.footer(
      "PSNR and detail (1 = as in the truth, less = blurred) are taken inside the hole; seam: how "
      "much the\n"
      "hole's edge stands out (1 = not at all). docs/command-line.md has the formulas.");
  EvalCommand command;
  add_path(app, "--photos", command.photos, "folder with photos and masks, or with a manifest.json")
      ->group("Files");
  add_path(app, "--out", command.out, "folder for the filled photos (default: they are not kept)")
      ->group("Files");
  add_path(app, "--report", command.report, "also write the measures as JSON")->group("Files");
  add_engine_options(app, command.settings);
  add_model_options(app, command.settings);
  add_mask_options(app, command.settings);
  add_limit_options(app, command.settings);
  app.add_flag("--quiet", command.is_quiet, "print errors only");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return evaluate(command);
}

}  // namespace pawfect
