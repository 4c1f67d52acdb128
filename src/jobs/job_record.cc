#include "jobs/job_record.h"

#include <algorithm>
#include <utility>

namespace pawfect {
namespace {

// How it began stays when the history is full.
constexpr std::size_t kFirstEntries = 4;

}  // namespace

std::string_view state_name(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kWaitingForLabels:
      return "waiting_for_labels";
    case JobState::kRunning:
      return "running";
    case JobState::kDone:
      return "done";
    case JobState::kDead:
      return "dead";
    case JobState::kCancelled:
      return "cancelled";
  }
  std::unreachable();
}

std::string_view prompt_source_name(PromptSource source) {
  switch (source) {
    case PromptSource::kUndecided:
      return "undecided";
    case PromptSource::kGiven:
      return "given";
    case PromptSource::kLabels:
      return "labels";
    case PromptSource::kCaption:
      return "caption";
    case PromptSource::kEmpty:
      return "empty";
  }
  std::unreachable();
}

std::string_view arrival_name(LabelArrival arrival) {
  switch (arrival) {
    case LabelArrival::kNone:
      return "none";
    case LabelArrival::kInTime:
      return "in_time";
    case LabelArrival::kLate:
      return "late";
  }
  std::unreachable();
}

std::string_view happened_name(Happened what) {
  switch (what) {
    case Happened::kAccepted:
      return "accepted";
    case Happened::kWaited:
      return "waited";
    case Happened::kLabelled:
      return "labelled";
    case Happened::kLabelledLate:
      return "labelled_late";
    case Happened::kStarted:
      return "started";
    case Happened::kReleased:
      return "released";
    case Happened::kFailed:
      return "failed";
    case Happened::kDone:
      return "done";
    case Happened::kDied:
      return "died";
    case Happened::kCancelled:
      return "cancelled";
    case Happened::kReplayed:
      return "replayed";
  }
  std::unreachable();
}

bool has_ended(const JobRecord& record) {
  return record.state == JobState::kDone || record.state == JobState::kDead ||
         record.state == JobState::kCancelled;
}

JobMessage present_message(const JobRecord& record) {
  JobMessage message = record.message;
  message.attempt = record.attempts_used;
  message.label_attempt = record.label_requeues;
  return message;
}

Milliseconds too_early_by(const JobRecord& record, WallTime now) {
  const Milliseconds left = record.not_before - now;
  // More than it ever was: the clock was set back, and nobody knows.
  const bool is_credible = left > Milliseconds(0) && left <= record.delay;
  return is_credible ? left : Milliseconds(0);
}

DeadLetter dead_letter(const JobRecord& record) {
  return {present_message(record), record.reason, record.history};
}

void add_history(JobRecord& record, HistoryEntry entry, const JobLimits& limits) {
  entry.detail.resize(std::min(entry.detail.size(), limits.most_detail_bytes));
  if (record.history.size() >= std::max(limits.most_history, kFirstEntries + 1)) {
    record.history.erase(record.history.begin() + kFirstEntries);
    ++record.history_dropped;
  }
  record.history.push_back(std::move(entry));
}

bool is_consistent(const JobRecord& record) {
  const bool is_running = record.state == JobState::kRunning;
  if (record.lease.has_value() != is_running) return false;
  if (record.lease &&
      (record.lease->attempt != record.last_attempt || record.lease->length <= Milliseconds(0)))
    return false;
  if (record.result.empty() == (record.state == JobState::kDone)) return false;
  if (record.owes_letter && record.state != JobState::kDead) return false;
  if (record.state == JobState::kDead && record.reason.empty()) return false;
  return record.attempts_used >= 0 && record.attempts_used <= record.last_attempt &&
         record.label_requeues >= 0 && record.delay >= Milliseconds(0) && record.resends >= 0;
}

}  // namespace pawfect
