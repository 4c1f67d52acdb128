#include "worker/job_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "worker/patience.h"
#include "worker/record_duties.h"

namespace pawfect {
namespace {

constexpr Milliseconds kAfterTrouble{1'000};  // the store does not answer: not at once again
constexpr Milliseconds kMostBetweenExtensions{15'000};  // of the queue's message
constexpr int kSmallWorkingSize = 512;                  // pixels, when the device's memory is short

int engine_threads(const ServiceConfig::Worker& worker) {
  constexpr int kMost = 4;
  if (worker.threads > 0) return worker.threads;
  return std::clamp(int(std::thread::hardware_concurrency()) / std::max(worker.jobs, 1), 1, kMost);
}

std::uint64_t job_memory_limit(const ServiceConfig::Worker& worker) {
  if (worker.most_memory != 0) return worker.most_memory;
  return std::uint64_t(sysconf(_SC_PHYS_PAGES)) * std::uint64_t(sysconf(_SC_PAGESIZE)) / 4;
}

}  // namespace

EngineChildSetup engine_setup(const ServiceConfig& config, const std::string& variant) {
  const ServiceConfig::Worker& worker = config.worker;
  EngineChildSetup setup;
  setup.engine = worker.engine;
  setup.setup.models = worker.models;
  setup.setup.variant = variant.empty() ? worker.variant : variant;
  setup.setup.backend = worker.backend;
  setup.setup.threads = engine_threads(worker);
  setup.setup.has_many_jobs = true;
  setup.limits.max_pixels = std::int64_t{config.uploads.most_megapixels} * 1'000'000;
  setup.limits.max_side = config.uploads.longest_side;
  setup.limits.max_bytes = std::int64_t(config.uploads.most_bytes);
  setup.memory_limit = std::int64_t(job_memory_limit(worker));
  setup.most_steps = worker.most_steps;
  return setup;
}

JobRun::JobRun(const WorkerParts& parts, const JobPolicy& policy, const WorkRoom& room,
               EngineProcess& engine, const TakenJob& job, std::stop_token release)
    : parts_(parts),
      policy_(policy),
      room_(room),
      engine_(engine),
      job_(job),
      release_(std::move(release)),
      prompt_(choose_prompt(job.start.prompt,
                            job.options ? job.options->prompt : std::optional<std::string>(),
                            job.labels)),
      records_(parts.stores.sessions),
      watch_(parts.context.clock, parts.config.jobs.limits, job.taken, job.start.lease),
      live_(parts.stores.sessions, parts.context.clock, job.record.message.job, job.start.attempt,
            job.options ? job.options->steps : std::optional<int>()),
      end_(parts, policy, job),
      board_watch_(parts.board.watch(job.record.message.job, [this] { has_changed_ = true; })),
      next_extension_(job.taken),
      next_queue_extension_(job.taken) {}

JobRun::~JobRun() { parts_.board.unwatch(board_watch_); }

std::optional<Milliseconds> JobRun::run() {
  const auto folder =
      room_.folder(fmt::format("{}-{}", job_.record.message.job.text(), job_.start.attempt));
  if (!folder) {
    const MonotonicTime patience = parts_.context.clock.monotonic() + parts_.settings.patience;
    end_.fail(Retry::kWorthwhile, folder.error().message, "engine",
              [&] { return parts_.context.clock.monotonic() < patience; });
    return std::nullopt;
  }
  const Outcome outcome = work(*folder);
  stop_engine(outcome);
  end(*folder, outcome);
  const auto* failed = std::get_if<Failed>(&outcome);
  if (failed != nullptr && failed->why == Why::kStalled) return std::nullopt;
  return watch_.progress().slowest_step;
}

JobRun::Outcome JobRun::work(const WorkFolder& folder) {
  if (!job_.options) return Failed{Why::kInput, "options: " + job_.options.error().message};
  reached("fetch", 0);
  const JobMessage& message = job_.record.message;
  if (auto over = fetch(folder, message.image, "photo")) return *std::move(over);
  if (auto over = fetch(folder, message.mask, "mask")) return *std::move(over);

  EngineChildSetup setup = engine_setup(parts_.config, job_.options->variant);
  if (auto over = prepare_engine(setup)) return *std::move(over);
  Outcome outcome = fill(folder, *job_.options);
  const auto* failed = std::get_if<Failed>(&outcome);
  if (failed == nullptr || failed->why != Why::kMemory) return outcome;

  // Once more, with less to do at once.
  parts_.context.log.warning(
      "memory_short",
      {{"job", message.job.text()}, {"attempt", job_.start.attempt}, {"reason", failed->reason}});
  setup.setup.working_size = kSmallWorkingSize;
  if (auto over = prepare_engine(setup)) return *std::move(over);
  return fill(folder, *job_.options);
}

std::optional<JobRun::Outcome> JobRun::fetch(const WorkFolder& folder, const std::string& blob,
                                             const char* name) {
  std::optional<Outcome> over;
  const auto open = ask_until_answered(
      [&] { return counted(parts_.context, "blobs", parts_.stores.blobs.open(blob)); },
      [&] {
        over = look();
        return !over;
      });
  if (over) return over;
  if (!open) {
    // Bytes that are not those that were stored will not be so the next time.
    const bool is_damaged = open.error().code == ErrorCode::kBadInput;
    return Failed{is_damaged ? Why::kInput : Why::kEngine, open.error().message};
  }
  if (!*open) return Failed{Why::kInput, fmt::format("{}: is not in the store any more", name)};
  if (auto copied = folder.copy(**open, folder.path() / name); !copied)
    return Failed{Why::kEngine, copied.error().message};
  return look();
}

std::optional<JobRun::Outcome> JobRun::prepare_engine(const EngineChildSetup& setup) {
  if (auto wanted = engine_.want(setup); !wanted)
    return Failed{Why::kEngine, wanted.error().message};
  reached("engine", 0);
  while (!engine_.is_ready()) {
    const auto news = engine_.hear(parts_.settings.look_every);
    if (news) {
      if (const auto* failed = std::get_if<EngineFailed>(&*news)) return failure_of(*failed);
      if (const auto* ended = std::get_if<EngineEnded>(&*news))
        return Failed{Why::kCrashed, "the engine " + ended->how + " at its start"};
    }
    if (auto over = look()) return over;
  }
  return std::nullopt;
}

JobRun::Outcome JobRun::fill(const WorkFolder& folder, const FillOptions& options) {
  engine_.begin({0, folder.path() / "photo", folder.path() / "mask", folder.path() / "result",
                 options, prompt_.text});
  while (true) {
    auto news = engine_.hear(parts_.settings.look_every);
    if (news) {
      if (auto* done = std::get_if<EngineDone>(&*news)) return Finished{std::move(*done)};
      if (const auto* failed = std::get_if<EngineFailed>(&*news)) return failure_of(*failed);
      if (const auto* ended = std::get_if<EngineEnded>(&*news))
        return Failed{Why::kCrashed, "the engine " + ended->how};
      if (const auto* progress = std::get_if<EngineProgress>(&*news))
        reached(progress->stage, progress->fraction);
    }
    if (auto over = look()) return *std::move(over);
  }
}

void JobRun::reached(std::string_view stage, double fraction) {
  watch_.reached(stage, fraction);
  live_.reached(stage, fraction);
  // The queue's own time for the message lives from progress, too.
  const MonotonicTime now = parts_.context.clock.monotonic();
  if (now < next_queue_extension_) return;
  static_cast<void>(counted(parts_.context, "queue", parts_.stores.queue.extend(job_.delivery)));
  next_queue_extension_ = now + std::min(job_.start.lease / 3, kMostBetweenExtensions);
}

std::optional<JobRun::Outcome> JobRun::look() {
  if (release_.stop_requested()) return Released{};
  if (has_changed_.exchange(false) && !is_still_ours()) return NotOurs{};
  live_.tell();
  switch (watch_.look()) {
    case RunLook::kGoOn:
      return std::nullopt;
    case RunLook::kExtend:
      return extend();
    case RunLook::kStalled:
      return Failed{Why::kStalled,
                    fmt::format("stalled: no progress in stage '{}'", watch_.progress().stage)};
    case RunLook::kOverTime:
      return Failed{Why::kStalled, fmt::format("stalled: not finished after {} ms",
                                               parts_.config.jobs.limits.longest_run.count())};
  }
  return std::nullopt;
}

std::optional<JobRun::Outcome> JobRun::extend() {
  const MonotonicTime sent = parts_.context.clock.monotonic();
  if (sent < next_extension_) return std::nullopt;
  ProgressAnswer answer = ProgressAnswer::kStop;
  const auto written = counted(
      parts_.context, "sessions", records_.change(job_.record.message.job, [&](JobRecord& record) {
        answer = policy_.on_progress(record, job_.start.attempt, watch_.progress());
      }));
  if (!written) {
    next_extension_ = sent + kAfterTrouble;
    return std::nullopt;
  }
  if (!*written || answer == ProgressAnswer::kStop) return NotOurs{};
  // No progress there: an earlier answer was lost, and the lease is extended all the same.
  watch_.extended(sent, (*written)->lease->length);
  return std::nullopt;
}

// As far as the board knows, which may be behind.
bool JobRun::is_still_ours() {
  const auto known = parts_.board.find(job_.record.message.job);
  if (!known || known->record->version < job_.record.version) return true;
  const auto& lease = known->record->lease;
  return lease && lease->attempt == job_.start.attempt;
}

// An engine that does not finish is stopped: asked to when the job is not wanted any more, so that
// its model stays loaded, and killed otherwise.
void JobRun::stop_engine(const Outcome& why) {
  if (std::holds_alternative<Finished>(why)) return;
  const auto* failed = std::get_if<Failed>(&why);
  const bool is_idle = failed != nullptr && failed->why != Why::kStalled;
  if (is_idle || !engine_.is_there()) return;
  if (!std::holds_alternative<NotOurs>(why)) {
    engine_.kill();
    return;
  }
  if (!engine_.is_busy()) return;
  engine_.cancel();
  const MonotonicTime end = parts_.context.clock.monotonic() + parts_.settings.cancel_grace;
  while (engine_.is_busy() && parts_.context.clock.monotonic() < end)
    engine_.hear(parts_.settings.look_every);
  if (engine_.is_busy()) engine_.kill();
}

void JobRun::end(const WorkFolder& folder, const Outcome& outcome) {
  const MonotonicTime patience = parts_.context.clock.monotonic() + parts_.settings.patience;
  const auto is_patient = [&] { return parts_.context.clock.monotonic() < patience; };
  if (const auto* finished = std::get_if<Finished>(&outcome)) {
    reached("store", 0);
    // A whole lease for the stores, when they answer at all.
    next_extension_ = parts_.context.clock.monotonic();
    if (auto over = extend(); over && std::holds_alternative<NotOurs>(*over)) return end_.leave();
    const auto has_time = [&] {
      const RunLook now = watch_.look();
      return now != RunLook::kStalled && now != RunLook::kOverTime && !release_.stop_requested();
    };
    const auto stored = end_.succeed(folder.path() / "result", finished->done, prompt_, has_time);
    if (stored) return;
    if (release_.stop_requested()) return end_.release(is_patient);
    return end_.fail(Retry::kWorthwhile, stored.error().message, "engine", is_patient);
  }
  if (const auto* failed = std::get_if<Failed>(&outcome)) {
    const Retry retry = failed->why == Why::kInput ? Retry::kPointless : Retry::kWorthwhile;
    end_.fail(retry, failed->reason, kind_of(failed->why), is_patient);
  } else if (std::holds_alternative<Released>(outcome)) {
    end_.release(is_patient);
  } else {
    end_.leave();
  }
}

JobRun::Failed JobRun::failure_of(const EngineFailed& failed) {
  const std::string& why = failed.error.message;
  if (failed.is_memory_short) return {Why::kMemory, why};
  switch (failed.error.code) {
    case ErrorCode::kUsage:
    case ErrorCode::kBadInput:
    case ErrorCode::kMaskRejected:
      return {Why::kInput, why};
    case ErrorCode::kModelMissing:  // another worker may have it
    case ErrorCode::kCancelled:
    case ErrorCode::kUnavailable:
    case ErrorCode::kBug:
      return {Why::kEngine, why};
  }
  return {Why::kEngine, why};
}

// As ServiceMetrics calls it.
std::string_view JobRun::kind_of(Why why) {
  switch (why) {
    case Why::kEngine:
    case Why::kMemory:
      return "engine";
    case Why::kInput:
      return "input";
    case Why::kCrashed:
      return "crashed";
    case Why::kStalled:
      return "stalled";
  }
  return "engine";
}

}  // namespace pawfect
