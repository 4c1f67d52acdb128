#include "jobs/job_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace pawfect {
namespace {

constexpr Milliseconds kNoTime{0};

std::string_view plan_name(PromptPlan plan) {
  switch (plan) {
    case PromptPlan::kGiven:
      return "the given prompt";
    case PromptPlan::kLabels:
      return "labels";
    case PromptPlan::kCaptionThenEmpty:
      return "a caption, else the empty prompt";
  }
  std::unreachable();
}

PromptPlan plan_for(LabelState labels) {
  if (labels == LabelState::kPromptGiven) return PromptPlan::kGiven;
  return labels == LabelState::kThere ? PromptPlan::kLabels : PromptPlan::kCaptionThenEmpty;
}

// The entry of a table, of which the last counts for all further ones.
template <std::size_t n>
Milliseconds entry(const std::array<Milliseconds, n>& table, int index) {
  return table[std::min(std::size_t(std::max(index, 0)), n - 1)];
}

}  // namespace

bool is_ahead(std::string_view old_stage, double old_fraction, std::string_view stage,
              double fraction) {
  return stage != old_stage || fraction > old_fraction;
}

JobRecord JobPolicy::accept(JobMessage message) const {
  JobRecord record;
  message.enqueued_at = clock_.wall();
  message.label_deadline = message.enqueued_at + limits_.label_wait;
  message.attempt = 0;
  message.label_attempt = 0;
  record.not_before = message.enqueued_at;
  record.message = std::move(message);
  add_history(record, {record.message.enqueued_at, 0, Happened::kAccepted, ""}, limits_);
  return record;
}

Result<Taken> JobPolicy::on_take(JobRecord& record, const TakeRequest& request) const {
  if (request.message.job != record.message.job) {
    return fail(ErrorCode::kBug,
                fmt::format("job {}: taken with the message of job {}", record.message.job.text(),
                            request.message.job.text()));
  }
  if (record.lease) {
    if (request.lease == Leased::kStill)
      return LookAgain{std::min(record.lease->length, limits_.longest_look_again)};
    on_lease_expired(record);
  }
  if (has_ended(record)) return Drop{};

  const bool wants_labels = request.labels == LabelState::kMissing;
  const Milliseconds wait = wants_labels ? label_delay(record, request.message) : kNoTime;
  // Labels, or the end of waiting for them, come before the time that was set for looking again.
  const bool is_due_early = record.state == JobState::kWaitingForLabels && wait == kNoTime;
  if (const Milliseconds early = too_early_by(record, clock_.wall());
      early > kNoTime && !is_due_early)
    return LookAgain{early};

  if (wait > kNoTime) {
    ++record.label_requeues;
    record.label_waited += wait;
    queue(record, JobState::kWaitingForLabels, wait);
    happened(record, Happened::kWaited, fmt::format("{} ms", wait.count()));
    return WaitForLabels{wait, present_message(record)};
  }

  const Start start{record.last_attempt + 1, lease_length(request.slowest_step),
                    plan_for(request.labels)};
  ++record.attempts_used;
  record.last_attempt = start.attempt;
  record.state = JobState::kRunning;
  record.lease =
      Lease{request.owner.substr(0, limits_.most_detail_bytes), start.attempt, start.lease, "", 0};
  happened(record, Happened::kStarted,
           fmt::format("by {} with {}", request.owner, plan_name(start.prompt)));
  return start;
}

ProgressAnswer JobPolicy::on_progress(JobRecord& record, int attempt,
                                      const Progress& progress) const {
  if (!record.lease || record.lease->attempt != attempt) return ProgressAnswer::kStop;
  Lease& lease = *record.lease;
  if (!is_ahead(lease.stage, lease.fraction, progress.stage, progress.fraction))
    return ProgressAnswer::kNoProgress;
  lease.stage = progress.stage.substr(0, limits_.most_detail_bytes);
  lease.fraction = progress.fraction > 0 ? std::min(progress.fraction, 1.0) : 0;
  lease.length = std::max(lease.length, lease_length(progress.slowest_step));
  ++record.version;
  return ProgressAnswer::kExtended;
}

SuccessAnswer JobPolicy::on_success(JobRecord& record, int attempt, const Success& success) const {
  assert(blob_name(success.result));
  if (record.state == JobState::kDone && record.last_attempt == attempt)
    return SuccessAnswer::kAlreadyCommitted;
  if (!is_held_by(record, attempt)) return SuccessAnswer::kRefused;
  record.state = JobState::kDone;
  record.lease.reset();
  record.result = success.result;
  record.prompt = success.prompt;
  happened(record, Happened::kDone,
           fmt::format("prompt from {}", prompt_source_name(success.prompt)));
  return SuccessAnswer::kCommitted;
}

FailureAnswer JobPolicy::on_failure(JobRecord& record, int attempt, Retry retry,
                                    std::string_view reason) const {
  if (!is_held_by(record, attempt)) return FailureAnswer::kIgnored;
  return end_attempt(record, retry, reason);
}

FailureAnswer JobPolicy::on_release(JobRecord& record, int attempt) const {
  if (!is_held_by(record, attempt)) return FailureAnswer::kIgnored;
  if (record.releases >= limits_.most_releases) {
    return end_attempt(record, Retry::kWorthwhile,
                       fmt::format("{} workers stopped while they ran it", record.releases + 1));
  }
  ++record.releases;
  --record.attempts_used;
  record.lease.reset();
  queue(record, JobState::kQueued, kNoTime);
  happened(record, Happened::kReleased, "the worker stops");
  return FailureAnswer::kRequeued;
}

FailureAnswer JobPolicy::on_lease_expired(JobRecord& record) const {
  if (!record.lease) return FailureAnswer::kIgnored;
  const Lease& lease = *record.lease;
  return end_attempt(record, Retry::kWorthwhile,
                     fmt::format("{} made no progress for {} ms in stage '{}'", lease.owner,
                                 lease.length.count(), lease.stage));
}

void JobPolicy::on_resend(JobRecord& record) const {
  if (has_ended(record) || record.state == JobState::kRunning) return;
  ++record.resends;
  ++record.version;
}

CancelAnswer JobPolicy::on_cancel(JobRecord& record) const {
  if (has_ended(record)) return CancelAnswer::kEndedBefore;
  record.state = JobState::kCancelled;
  record.lease.reset();
  happened(record, Happened::kCancelled, "");
  return CancelAnswer::kCancelled;
}

LabelAnswer JobPolicy::on_labels(JobRecord& record) const {
  if (record.labels != LabelArrival::kNone) return LabelAnswer::kKnown;
  const bool is_waiting = record.state == JobState::kWaitingForLabels;
  // Before the first start the prompt is open; what runs or has run keeps the one it has.
  const bool is_in_time =
      is_waiting || (record.state == JobState::kQueued && record.last_attempt == 0);
  record.labels = is_in_time ? LabelArrival::kInTime : LabelArrival::kLate;
  if (is_waiting) queue(record, JobState::kQueued, kNoTime);
  happened(record, is_in_time ? Happened::kLabelled : Happened::kLabelledLate, "");
  if (is_waiting) return LabelAnswer::kWakeUp;
  return is_in_time ? LabelAnswer::kInTime : LabelAnswer::kLate;
}

void JobPolicy::on_letter_sent(JobRecord& record) const {
  if (!record.owes_letter) return;
  record.owes_letter = false;
  ++record.version;
}

Result<void> JobPolicy::on_replay(JobRecord& record) const {
  if (record.state != JobState::kDead) {
    return fail(ErrorCode::kUsage,
                fmt::format("job {} is {}; only dead jobs can be replayed",
                            record.message.job.text(), state_name(record.state)));
  }
  ++record.replays;
  record.attempts_used = 0;
  record.releases = 0;
  record.owes_letter = false;
  queue(record, JobState::kQueued, kNoTime);
  happened(record, Happened::kReplayed, "");
  return {};
}

// The attempt number alone decides: a lease that lies unchanged for too long still holds until
// somebody ends it in the record.
bool JobPolicy::is_held_by(const JobRecord& record, int attempt) const {
  return record.lease && record.lease->attempt == attempt;
}

// How long to wait for labels; 0: no more. Payload and record are both read, and whichever says
// enough first wins. The sum of the waits is bounded too, because the wall clock can be set back.
Milliseconds JobPolicy::label_delay(const JobRecord& record, const JobMessage& message) const {
  const int requeues = std::max(record.label_requeues, message.label_attempt);
  if (requeues >= limits_.most_label_requeues) return kNoTime;
  const WallTime deadline = std::min({message.label_deadline, record.message.label_deadline,
                                      message.enqueued_at + limits_.label_wait,
                                      record.message.enqueued_at + limits_.label_wait});
  const Milliseconds delay =
      std::min({entry(limits_.label_delays, requeues), deadline - clock_.wall(),
                limits_.label_wait - record.label_waited});
  return delay < limits_.shortest_label_delay ? kNoTime : delay;
}

Milliseconds JobPolicy::lease_length(Milliseconds slowest_step) const {
  return std::clamp(2 * slowest_step, limits_.shortest_lease, limits_.longest_lease);
}

Milliseconds JobPolicy::back_off(int failures) const {
  const double part = 1 + limits_.jitter * (2 * random_() - 1);
  const auto delay = double(entry(limits_.back_off, failures - 1).count());
  return Milliseconds(std::llround(delay * part));
}

void JobPolicy::happened(JobRecord& record, Happened what, std::string detail) const {
  add_history(record, {clock_.wall(), record.last_attempt, what, std::move(detail)}, limits_);
  ++record.version;
}

void JobPolicy::queue(JobRecord& record, JobState state, Milliseconds delay) const {
  record.state = state;
  record.not_before = clock_.wall() + delay;
  record.delay = delay;
  record.resends = 0;
}

FailureAnswer JobPolicy::end_attempt(JobRecord& record, Retry retry,
                                     std::string_view reason) const {
  std::string why(reason.substr(0, limits_.most_detail_bytes));
  if (why.empty()) why = "no reason was given";
  record.lease.reset();
  record.reason = why;
  const bool is_last = record.attempts_used >= limits_.most_attempts;
  if (retry == Retry::kPointless || is_last) {
    record.state = JobState::kDead;
    record.owes_letter = true;
    happened(record, Happened::kFailed, std::move(why));
    happened(record, Happened::kDied,
             is_last ? fmt::format("attempt {} of {}", record.attempts_used, limits_.most_attempts)
                     : "another attempt would not help");
    return FailureAnswer::kDied;
  }
  queue(record, JobState::kQueued, back_off(record.attempts_used));
  happened(record, Happened::kFailed, std::move(why));
  return FailureAnswer::kRequeued;
}

}  // namespace pawfect
