#include "worker/attempt_end.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "jobs/strict_json.h"
#include "worker/patience.h"
#include "worker/record_duties.h"

namespace pawfect {
namespace {

double seconds(Milliseconds time) { return double(time.count()) / 1000; }

// How long the engine's stages took.
void count_stages(ServiceMetrics& metrics, const Json& report) {
  const auto stages = report.find("stages");
  if (stages == report.end() || !stages->is_array()) return;
  for (const Json& stage : *stages) {
    if (!stage.is_object() || !stage.contains("name") || !stage.contains("seconds")) continue;
    if (stage["name"].is_string() && stage["seconds"].is_number())
      metrics.stage(stage["name"].get<std::string>(), stage["seconds"].get<double>());
  }
}

}  // namespace

Result<void> AttemptEnd::succeed(const std::filesystem::path& file, const EngineDone& done,
                                 const ChosenPrompt& prompt, const GoesOn& goes_on) {
  const JobId& job = job_.record.message.job;
  const int attempt = job_.start.attempt;
  const ServiceContext& context = parts_.context;
  const Milliseconds run = context.clock.monotonic() - job_.taken;

  const auto blob = ask_until_answered(
      [&] {
        return counted(
            context, "blobs",
            parts_.stores.blobs.put(fmt::format("results/{}/{}", job.text(), attempt), file));
      },
      goes_on);
  if (!blob) return std::unexpected(blob.error());
  const std::string text = report(done, prompt, run);
  const auto reported = ask_until_answered(
      [&] {
        return counted(context, "sessions",
                       parts_.stores.sessions.put(Kind::kReport, report_key(), text));
      },
      goes_on);
  if (!reported) return reported;

  SuccessAnswer answer = SuccessAnswer::kRefused;
  const auto written = ask_until_answered(
      [&] {
        return counted(context, "sessions", records_.change(job, [&](JobRecord& record) {
          answer = policy_.on_success(record, attempt, {*blob, prompt.source});
        }));
      },
      goes_on);
  if (!written) return std::unexpected(written.error());
  if (!*written || answer == SuccessAnswer::kRefused) {
    context.metrics.result_refused();
    context.log.warning("result_refused", {{"job", job.text()}, {"attempt", attempt}});
    remove_result(*blob);
  } else {
    context.metrics.job_done(seconds(run),
                             seconds(context.clock.wall() - job_.record.message.enqueued_at),
                             parts_.config.worker.engine, prompt_source_name(prompt.source));
    context.log.info("job_done", {{"job", job.text()},
                                  {"attempt", attempt},
                                  {"run_ms", run.count()},
                                  {"prompt", prompt_source_name(prompt.source)}});
  }
  acknowledge();
  return {};
}

void AttemptEnd::fail(Retry retry, std::string_view reason, std::string_view kind,
                      const GoesOn& goes_on) {
  const JobId& job = job_.record.message.job;
  FailureAnswer answer = FailureAnswer::kIgnored;
  const auto written = ask_until_answered(
      [&] {
        return counted(parts_.context, "sessions", records_.change(job, [&](JobRecord& record) {
          answer = policy_.on_failure(record, job_.start.attempt, retry, reason);
        }));
      },
      goes_on);
  parts_.context.metrics.attempt_failed(kind);
  parts_.context.log.warning(
      "attempt_failed",
      {{"job", job.text()}, {"attempt", job_.start.attempt}, {"kind", kind}, {"reason", reason}});
  if (!written || !*written) return;  // the lease runs out, or the job is gone
  follow_failure(answer, **written);
}

void AttemptEnd::release(const GoesOn& goes_on) {
  const JobId& job = job_.record.message.job;
  FailureAnswer answer = FailureAnswer::kIgnored;
  const auto written = ask_until_answered(
      [&] {
        return counted(parts_.context, "sessions", records_.change(job, [&](JobRecord& record) {
          answer = policy_.on_release(record, job_.start.attempt);
        }));
      },
      goes_on);
  parts_.context.metrics.attempt_failed("released");
  parts_.context.log.info("job_released", {{"job", job.text()}, {"attempt", job_.start.attempt}});
  if (!written || !*written) return;
  follow_failure(answer, **written);
}

void AttemptEnd::leave() {
  parts_.context.log.info(
      "job_left", {{"job", job_.record.message.job.text()}, {"attempt", job_.start.attempt}});
  acknowledge();
}

// A message whose record could not be acted on is not acknowledged: it comes again.
void AttemptEnd::follow_failure(FailureAnswer answer, const JobRecord& record) {
  switch (answer) {
    case FailureAnswer::kRequeued:
      static_cast<void>(counted(
          parts_.context, "queue",
          parts_.stores.queue.put_back(job_.delivery, record.delay, present_message(record))));
      return;
    case FailureAnswer::kDied:
      parts_.context.metrics.job_dead();
      // One that is not sent now is owed, and sent by whoever sweeps next.
      static_cast<void>(send_owed_letter(parts_.stores, parts_.context, policy_, record));
      acknowledge();
      return;
    case FailureAnswer::kIgnored:
      acknowledge();
      return;
  }
}

void AttemptEnd::acknowledge() {
  static_cast<void>(ask_for(Milliseconds(1'000), parts_.context.clock, [&] {
    return counted(parts_.context, "queue", parts_.stores.queue.acknowledge(job_.delivery));
  }));
}

std::string AttemptEnd::report_key() const {
  return fmt::format("{}.{}", job_.record.message.job.text(), job_.start.attempt);
}

// Nobody may come upon a result that was refused. What cannot be removed now belongs to no record,
// and is collected with such things.
void AttemptEnd::remove_result(const std::string& blob) {
  static_cast<void>(counted(parts_.context, "blobs", parts_.stores.blobs.remove(blob)));
  const auto document =
      counted(parts_.context, "sessions", parts_.stores.sessions.read(Kind::kReport, report_key()));
  if (!document || !*document) return;
  static_cast<void>(
      counted(parts_.context, "sessions",
              parts_.stores.sessions.remove(Kind::kReport, report_key(), (*document)->revision)));
}

// What the fill reported, and what only the service knows.
std::string AttemptEnd::report(const EngineDone& done, const ChosenPrompt& prompt,
                               Milliseconds run) const {
  Json json = Json::parse(done.report, nullptr, false);
  if (!json.is_object()) json = Json::object();
  count_stages(parts_.context.metrics, json);
  parts_.context.metrics.fill_memory(done.peak_memory);
  json["attempt"] = job_.start.attempt;
  json["promptSource"] = prompt_source_name(prompt.source);
  json["runMs"] = run.count();
  json["peakMemoryBytes"] = done.peak_memory;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pawfect
