#include "worker/job_taker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "worker/patience.h"
#include "worker/record_duties.h"

namespace pawfect {
namespace {

// A store that is a little behind may not know of a job yet.
constexpr int kMostUnknown = 3;
constexpr Milliseconds kStoreDelay{1'000};     // the store does not answer: a little later
constexpr Milliseconds kDamagedDelay{30'000};  // a person has to look at it

double seconds(Milliseconds time) { return double(time.count()) / 1000; }

// Since it could have been taken.
Milliseconds queue_wait(const JobRecord& before, WallTime now) {
  return std::max(now - std::max(before.message.enqueued_at, before.not_before), Milliseconds(0));
}

}  // namespace

JobTaker::JobTaker(const WorkerParts& parts, const JobPolicy& policy, std::string owner)
    : parts_(parts),
      policy_(policy),
      owner_(std::move(owner)),
      records_(parts.stores.sessions),
      sessions_(parts.stores.sessions) {}

std::optional<TakenJob> JobTaker::take(Delivery delivery) {
  const JobId& job = delivery.message.job;
  const auto trouble = [&](const Error& error) {
    parts_.context.metrics.store_error("sessions");
    parts_.context.log.error("take_failed", {{"job", job.text()}, {"error", error.message}});
    const bool is_damaged = error.code == ErrorCode::kBug;
    put_back(delivery, is_damaged ? kDamagedDelay : kStoreDelay, delivery.message);
    return std::nullopt;
  };

  const auto before = records_.read(job);
  if (!before) return trouble(before.error());
  if (!*before) {
    nobody_knows(delivery);
    return std::nullopt;
  }
  const FillBounds bounds{parts_.config.worker.most_steps, parts_.config.worker.engine};
  Result<FillOptions> options = parse_fill_options((*before)->message.options, bounds);
  const auto known = options ? std::optional(*options) : std::nullopt;
  auto labels = find_labels(sessions_, parts_.config, **before, known);
  if (!labels) return trouble(labels.error());

  const MonotonicTime taken = parts_.context.clock.monotonic();
  const TakeRequest request{owner_with(known.value_or(FillOptions())), delivery.message,
                            labels->state, Leased::kStill, slowest_step_};
  Decision decision{Drop{}};
  auto written = decide(**before, request, decision);
  if (!written) return trouble(written.error());
  if (!*written) {
    nobody_knows(delivery);
    return std::nullopt;
  }
  if (!decision.taken) return trouble(decision.taken.error());
  count(**before, decision, labels->state);
  if (const auto* start = std::get_if<Start>(&*decision.taken)) {
    return TakenJob{std::move(delivery), **std::move(written),     *start, taken,
                    std::move(options),  std::move(labels->labels)};
  }
  if (const auto* wait = std::get_if<WaitForLabels>(&*decision.taken))
    put_back(delivery, wait->delay, wait->message);
  if (const auto* again = std::get_if<LookAgain>(&*decision.taken))
    put_back(delivery, again->delay, delivery.message);
  if (std::holds_alternative<Drop>(*decision.taken)) acknowledge(delivery);
  return std::nullopt;
}

// The decision is that of the last round. After an error nothing is known of what was written: a
// lease of ours that was not there before is this one.
Result<std::optional<JobRecord>> JobTaker::decide(const JobRecord& before,
                                                  const TakeRequest& request, Decision& decision) {
  const auto change = [&](JobRecord& record) {
    decision = {Drop{}};
    if (record.lease && record.lease->owner == request.owner &&
        record.last_attempt > before.last_attempt) {
      decision.taken =
          Start{record.lease->attempt, record.lease->length,
                request.labels == LabelState::kPromptGiven ? PromptPlan::kGiven
                : request.labels == LabelState::kThere     ? PromptPlan::kLabels
                                                           : PromptPlan::kCaptionThenEmpty};
      return;
    }
    // Whoever wrote them may not have come to the record.
    if (request.labels == LabelState::kThere) decision.labels = policy_.on_labels(record);
    decision.taken = policy_.on_take(record, request);
  };
  return ask_for(parts_.settings.patience, parts_.context.clock,
                 [&] { return records_.change(before.message.job, change); });
}

void JobTaker::count(const JobRecord& before, const Decision& decision, LabelState labels) {
  ServiceMetrics& metrics = parts_.context.metrics;
  if (decision.labels == LabelAnswer::kWakeUp || decision.labels == LabelAnswer::kInTime)
    metrics.labels("in_time");
  if (decision.labels == LabelAnswer::kLate) metrics.labels("late");
  if (const auto* wait = std::get_if<WaitForLabels>(&*decision.taken))
    metrics.label_wait(seconds(wait->delay));
  const auto* const start = std::get_if<Start>(&*decision.taken);
  if (start == nullptr) return;
  if (labels == LabelState::kMissing) metrics.labels("missing");
  const Milliseconds waited = queue_wait(before, parts_.context.clock.wall());
  metrics.job_started(seconds(waited), start->attempt);
  parts_.context.log.info("job_started", {{"job", before.message.job.text()},
                                          {"attempt", start->attempt},
                                          {"wait_ms", waited.count()}});
}

void JobTaker::nobody_knows(const Delivery& delivery) {
  parts_.context.log.warning("unknown_job",
                             {{"job", delivery.message.job.text()}, {"delivery", delivery.count}});
  if (delivery.count < kMostUnknown) {
    put_back(delivery, parts_.settings.unknown_delay, delivery.message);
  } else {
    acknowledge(delivery);
  }
}

// What the queue does not hear comes again by itself, and does no harm.
void JobTaker::put_back(const Delivery& delivery, Milliseconds delay, const JobMessage& payload) {
  static_cast<void>(
      counted(parts_.context, "queue", parts_.stores.queue.put_back(delivery, delay, payload)));
}

void JobTaker::acknowledge(const Delivery& delivery) {
  static_cast<void>(counted(parts_.context, "queue", parts_.stores.queue.acknowledge(delivery)));
}

// The history tells with what an attempt ran.
std::string JobTaker::owner_with(const FillOptions& options) const {
  const ServiceConfig::Worker& worker = parts_.config.worker;
  const std::string& variant = options.variant.empty() ? worker.variant : options.variant;
  return variant.empty() ? fmt::format("{} ({})", owner_, worker.engine)
                         : fmt::format("{} ({}, {})", owner_, worker.engine, variant);
}

}  // namespace pawfect
