#include "cli/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/fill_file.h"
#include "cli/report.h"
#include "shell/arguments.h"

namespace pawfect {
namespace {

struct Tally {
  int done = 0;
  int skipped = 0;
  int failed = 0;
  bool is_cancelled = false;
};

FillReport fill_item(const BatchItem& item, const FillSettings& settings, Session& session) {
  FillFiles files;
  files.image = item.image;
  files.mask = item.mask;
  files.out = item.out;
  FillReport report;
  report.files = files;
  report.settings = settings;
  if (item.mask.empty()) {
    const std::string stem = item.image.stem().string();
    report.error = Error{
        ErrorCode::kBadInput,
        fmt::format("no mask for it in --masks; name it {0}.png, {0}.mask.png or {0}_mask.png",
                    stem)};
    return report;
  }
  if (is_up_to_date(item)) {
    report.is_skipped = true;
    return report;
  }
  return fill_file(files, settings, session.engine(),
                   session.control_for(item.image.filename().string()));
}

// One line for the photo, and its place in the tally.
void tell(const FillReport& report, Session& session, Tally& tally) {
  const std::string name = report.files.image.filename().string();
  if (report.is_skipped) {
    ++tally.skipped;
    session.say(
        fmt::format("{}: skipped, its output is there and newer than photo and mask", name));
  } else if (!report.error) {
    ++tally.done;
    session.say(fmt::format("{}: done in {:.2f} s", name, report.seconds));
  } else if (report.error->code == ErrorCode::kCancelled) {
    tally.is_cancelled = true;
  } else {
    ++tally.failed;
    session.error({report.error->code, fmt::format("{}: {}", name, report.error->message)});
  }
}

Json summary_to_json(const Tally& tally, const BatchPlan& plan, Json files) {
  Json document = report_head("batch");
  document["done"] = tally.done;
  document["skipped"] = tally.skipped;
  document["failed"] = tally.failed;
  document["ignored"] = plan.ignored;
  document["cancelled"] = tally.is_cancelled;
  document["files"] = std::move(files);
  return document;
}

// The report is written last and would replace the picture.
Result<void> check_report(const std::filesystem::path& report, const BatchPlan& plan) {
  if (report.empty()) return {};
  for (const BatchItem& item : plan.items) {
    for (const std::filesystem::path& picture : {item.image, item.mask, item.out}) {
      std::error_code problem;
      if (report.lexically_normal() != picture.lexically_normal() &&
          !std::filesystem::equivalent(report, picture, problem))
        continue;
      return fail(ErrorCode::kUsage,
                  fmt::format("--report {}: is a picture of this batch; give it another name",
                              report.string()));
    }
  }
  return {};
}

}  // namespace

int run_batch(const BatchFolders& folders, const std::filesystem::path& report,
              FillSettings& settings, Talk talk) {
  if (!report.empty()) {
    if (const Result<void> writable = check_output(report, "--report"); !writable) {
      return print_error(writable.error());
    }
  }
  const Result<BatchPlan> plan = plan_batch(folders);
  if (!plan) return print_error(plan.error());
  if (const Result<void> apart = check_report(report, *plan); !apart)
    return print_error(apart.error());
  settings.setup.has_many_jobs = true;
  const auto started = Session::start(settings, talk);
  if (!started) return print_error(started.error());
  Session& session = **started;

  Tally tally;
  Json files = Json::array();
  for (const BatchItem& item : plan->items) {
    tally.is_cancelled = tally.is_cancelled || session.is_cancelled();
    if (tally.is_cancelled) break;
    const FillReport filled = fill_item(item, settings, session);
    tell(filled, session, tally);
    files.push_back(fill_to_json(filled));
  }

  session.say(fmt::format("{} photo{}: {} done, {} skipped, {} failed; {} other file{} ignored",
                          plan->items.size(), plan->items.size() == 1 ? "" : "s", tally.done,
                          tally.skipped, tally.failed, plan->ignored,
                          plan->ignored == 1 ? "" : "s"));
  if (!report.empty()) {
    const Result<void> written =
        write_report(summary_to_json(tally, *plan, std::move(files)), report);
    if (!written) return session.error(written.error());
  }
  if (tally.is_cancelled) {
    return session.error({ErrorCode::kCancelled,
                          "cancelled; photos that are done stay, run the same again to go on"});
  }
  return std::min(tally.failed, kMostFailuresTold);
}

}  // namespace pawfect
