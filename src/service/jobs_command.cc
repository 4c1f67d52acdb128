// pawfect jobs list | show | replay | cancel: looks at jobs and moves them by hand, in the store
// that the configuration names, whether the service runs or not.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/utc_text.h"
#include "jobs/job_policy.h"
#include "jobs/record_json.h"
#include "jobs/strict_json.h"
#include "service/commands.h"
#include "service/job_list.h"
#include "service/open_stores.h"
#include "service/service_options.h"
#include "shell/arguments.h"
#include "shell/commands.h"
#include "store/job_records.h"

namespace pawfect {
namespace {

constexpr const char* kExitStatuses =
    "Exit status: 0 done, 2 usage (also: no such job, or not in that state),\n"
    "69 the store does not answer, 70 bug.";
constexpr int kMostLetters = 10'000;  // that are looked through

// The configuration and what it names, for the time of a command.
struct Desk {
  ServiceConfig config;
  SystemClock clock;
  EventLog log = EventLog::silent();
  std::unique_ptr<OpenStores> stores;

  JobPolicy policy() const {
    // A replay or a cancel rolls no dice.
    return {clock, config.jobs.limits, [] { return 0.5; }};
  }
};

Result<std::unique_ptr<Desk>> open_desk(const ServiceOptions& options) {
  auto desk = std::make_unique<Desk>();
  Result<ServiceConfig> config = read_config(options);
  if (!config) return std::unexpected(config.error());
  desk->config = std::move(*config);
  std::error_code problem;
  if (const auto& data = desk->config.store.data; !std::filesystem::is_directory(data, problem)) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("store.data {}: is not there; name the service's own folder with --data "
                    "or --config",
                    data.string()));
  }
  auto stores = OpenStores::open(desk->config, desk->clock, desk->log, DataFolder::Use::kTogether);
  if (!stores) return std::unexpected(stores.error());
  desk->stores = std::move(*stores);
  return desk;
}

Result<JobId> job_id(const std::string& text) {
  if (auto id = JobId::from(text)) return *std::move(id);
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no job: {} are one; `pawfect jobs list` shows them", text,
                          JobId::kAllowed));
}

Error unknown(const JobId& id) {
  return {ErrorCode::kUsage,
          fmt::format("there is no job {}; `pawfect jobs list --state all` shows those there are",
                      id.text())};
}

// The letters about a job leave the topic when it begins anew.
Result<void> remove_letters(JobQueue& queue, const JobId& id) {
  const auto letters = queue.letters(kMostLetters);
  if (!letters) return std::unexpected(letters.error());
  for (const StoredLetter& letter : *letters) {
    if (letter.text.find(id.text()) == std::string::npos) continue;
    if (auto removed = queue.remove_letter(letter.name); !removed) return removed;
  }
  return {};
}

Result<void> replay(Desk& desk, const JobId& id) {
  const Stores stores = desk.stores->stores();
  const JobPolicy policy = desk.policy();
  JobRecords records(stores.sessions);
  Result<void> answer;
  const auto record = records.change(id, [&](JobRecord& job) { answer = policy.on_replay(job); });
  if (!record) return std::unexpected(record.error());
  if (!*record) return std::unexpected(unknown(id));
  if (!answer) return answer;
  // One that does not get there is sent by whoever sweeps.
  const std::string once = fmt::format("{}-replay-{}", id.text(), (*record)->replays);
  if (auto put = stores.queue.put(present_message(**record), Milliseconds(0), once); !put)
    return put;
  return remove_letters(stores.queue, id);
}

Result<void> cancel(Desk& desk, const JobId& id) {
  const JobPolicy policy = desk.policy();
  JobRecords records(desk.stores->stores().sessions);
  CancelAnswer answer{};
  const auto record = records.change(id, [&](JobRecord& job) { answer = policy.on_cancel(job); });
  if (!record) return std::unexpected(record.error());
  if (!*record) return std::unexpected(unknown(id));
  if (answer == CancelAnswer::kEndedBefore) {
    return fail(ErrorCode::kUsage, fmt::format("job {} is {} already; nothing to cancel", id.text(),
                                               state_name((*record)->state)));
  }
  return {};
}

Result<void> list(Desk& desk, const std::string& state, bool as_json) {
  auto jobs = all_jobs(desk.stores->stores().sessions);
  if (!jobs) return std::unexpected(jobs.error());
  jobs = only_in(std::move(*jobs), state);
  if (!jobs) return std::unexpected(jobs.error());
  if (!as_json) {
    fmt::print("{}", job_table(*jobs, desk.clock.wall()));
    return {};
  }
  for (const JobRecord& job : *jobs) fmt::print("{}\n", to_text(job));
  return {};
}

Result<void> list_letters(Desk& desk, bool as_json) {
  const auto letters = desk.stores->stores().queue.letters(kMostLetters);
  if (!letters) return std::unexpected(letters.error());
  for (const StoredLetter& letter : *letters) {
    const Json line{{"name", letter.name}, {"at", utc_text(letter.at)}, {"letter", letter.text}};
    if (as_json) {
      fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
      fmt::print("{}  {}  {}\n", letter.name, utc_text(letter.at), shown(Json(letter.text)));
    }
  }
  return {};
}

Result<void> show(Desk& desk, const JobId& id, bool as_json) {
  JobRecords records(desk.stores->stores().sessions);
  const auto record = records.read(id);
  if (!record) return std::unexpected(record.error());
  if (!*record) return std::unexpected(unknown(id));
  if (as_json) {
    fmt::print("{}\n", to_text(**record));
  } else {
    fmt::print("{}", job_story(**record, desk.clock.wall()));
  }
  return {};
}

int answer(const Result<void>& done) { return done ? 0 : print_error(done.error()); }

int with_desk(const ServiceOptions& options, const std::function<Result<void>(Desk&)>& work) {
  const auto desk = open_desk(options);
  if (!desk) return print_error(desk.error());
  return answer(work(**desk));
}

int run_list(std::span<char* const> arguments) {
  CLI::App app("Lists jobs, the oldest first.", "pawfect jobs list");
  app.footer(kExitStatuses);
  ServiceOptions options;
  std::string state = "open";
  bool as_json = false, letters = false;
  add_service_options(app, options);
  app.add_option("--state", state,
                 "all, open, queued, waiting_for_labels, running, done, dead or cancelled "
                 "(default: open)")
      ->type_name("STATE");
  app.add_flag("--letters", letters, "instead, what is in the dead-letter topic");
  app.add_flag("--json", as_json, "one JSON object a line");
  if (const auto ended = parse_arguments(app, arguments)) return *ended;
  return with_desk(options, [&](Desk& desk) {
    return letters ? list_letters(desk, as_json) : list(desk, state, as_json);
  });
}

int run_show(std::span<char* const> arguments) {
  CLI::App app("Shows one job and everything that happened to it.", "pawfect jobs show");
  app.footer(kExitStatuses);
  ServiceOptions options;
  std::string job;
  bool as_json = false;
  add_service_options(app, options);
  app.add_option("job", job, "the job's id")->required();
  app.add_flag("--json", as_json, "its record as JSON");
  if (const auto ended = parse_arguments(app, arguments)) return *ended;
  const auto id = job_id(job);
  if (!id) return print_error(id.error());
  return with_desk(options, [&](Desk& desk) { return show(desk, *id, as_json); });
}

int run_replay(std::span<char* const> arguments) {
  CLI::App app("Gives dead jobs a new life: five new attempts.", "pawfect jobs replay");
  app.footer(kExitStatuses);
  ServiceOptions options;
  std::vector<std::string> jobs;
  bool all = false;
  add_service_options(app, options);
  app.add_option("job", jobs, "ids of dead jobs")->take_all();
  app.add_flag("--all", all, "every dead job");
  if (const auto ended = parse_arguments(app, arguments)) return *ended;
  if (all == !jobs.empty())
    return print_error({ErrorCode::kUsage, "name the jobs, or give --all, and not both"});
  return with_desk(options, [&](Desk& desk) -> Result<void> {
    if (all) {
      auto dead = all_jobs(desk.stores->stores().sessions);
      if (dead) dead = only_in(std::move(*dead), "dead");
      if (!dead) return std::unexpected(dead.error());
      for (const JobRecord& job : *dead) jobs.push_back(job.message.job.text());
    }
    for (const std::string& job : jobs) {
      const auto id = job_id(job);
      if (!id) return std::unexpected(id.error());
      if (auto done = replay(desk, *id); !done) return done;
      fmt::print("{}: queued again\n", id->text());
    }
    return {};
  });
}

int run_cancel(std::span<char* const> arguments) {
  CLI::App app("Cancels a job; one that runs stops at its next step.", "pawfect jobs cancel");
  app.footer(kExitStatuses);
  ServiceOptions options;
  std::string job;
  add_service_options(app, options);
  app.add_option("job", job, "the job's id")->required();
  if (const auto ended = parse_arguments(app, arguments)) return *ended;
  const auto id = job_id(job);
  if (!id) return print_error(id.error());
  return with_desk(options, [&](Desk& desk) { return cancel(desk, *id); });
}

constexpr Command kCommands[] = {
    {"list", "list jobs by state, or the dead letters", run_list},
    {"show", "one job with its history", run_show},
    {"replay", "begin dead jobs anew", run_replay},
    {"cancel", "cancel a job", run_cancel},
};

}  // namespace

int run_jobs_command(std::span<char* const> arguments) {
  return run_one_of(kCommands, "pawfect jobs",
                    "Looks at the service's jobs and moves them by hand.", "", arguments);
}

}  // namespace pawfect
