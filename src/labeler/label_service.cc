#include "labeler/label_service.h"

#include <fmt/format.h>

namespace pawfect {
namespace {

// What is wrong with a session that is to be given labels; "": nothing.
std::string_view why_not(const std::optional<SessionRecord>& session, std::string_view photo) {
  if (!session) return "there is no such session";
  if (session->is_expired) return "the session has expired";
  if (session->photo != photo) return "the session has another photo";
  return "";
}

}  // namespace

LabelService::LabelService(SceneLabeler& labeler, const Stores& stores, const JobLimits& limits,
                           const ServiceContext& context)
    : labeler_(labeler),
      stores_(stores),
      sessions_(stores.sessions),
      jobs_(stores.sessions),
      // Nothing random is decided when labels come.
      policy_(context.clock, limits, [] { return 0.5; }),
      context_(context),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

LabelService::~LabelService() {
  thread_.request_stop();
  thread_.join();
}

LabelService::Put LabelService::put(const SessionId& session, std::string_view photo) {
  const std::lock_guard lock(queue_mutex_);
  Waiting one{session, std::string(photo)};
  if (known_.contains(one)) return Put::kTaken;
  if (queue_.size() >= kMostWaiting) return Put::kFull;
  known_.insert(one);
  queue_.push_back(std::move(one));
  arrived_.notify_one();
  return Put::kTaken;
}

void LabelService::work(const std::stop_token& stop) {
  while (true) {
    Waiting one;
    {
      std::unique_lock lock(queue_mutex_);
      if (!arrived_.wait(lock, stop, [&] { return !queue_.empty(); }) || stop.stop_requested()) {
        if (!queue_.empty()) context_.log.warning("labels_forgotten", {{"photos", queue_.size()}});
        return;
      }
      one = std::move(queue_.front());
      queue_.pop_front();
      known_.erase(one);
    }
    look_at(one, stop);
  }
}

void LabelService::look_at(const Waiting& one, const std::stop_token& stop) {
  std::optional<SessionRecord> session = find_session(one);
  if (!session) return;
  // Asked twice, or the last one who was asked ended before he told the jobs.
  if (!session->labels) {
    const auto labels = see(one, stop);
    if (!labels) return;
    session = write(one, *labels);
    if (!session) return;
  }
  for (const JobId& job : session->jobs) tell_job(job);
}

std::optional<SessionRecord> LabelService::find_session(const Waiting& one) {
  Result<std::optional<SessionRecord>> session = sessions_.read(one.session);
  if (!session) {
    store_failed("sessions", session.error());
    return std::nullopt;
  }
  if (const auto why = why_not(*session, one.photo); !why.empty()) {
    reject(one, why);
    return std::nullopt;
  }
  return *std::move(session);
}

std::optional<SceneLabels> LabelService::see(const Waiting& one, const std::stop_token& stop) {
  const auto photo = stores_.blobs.open(one.photo);
  if (!photo) {
    store_failed("blobs", photo.error());
    return std::nullopt;
  }
  if (!*photo) {
    reject(one, "the photo is not there");
    return std::nullopt;
  }
  const MonotonicTime start = context_.clock.monotonic();
  Result<SceneLabels> labels = labeler_.look(**photo, stop);
  if (!labels) {
    if (labels.error().code == ErrorCode::kCancelled) return std::nullopt;
    context_.metrics.labels("failed");
    context_.log.warning("labeler_failed",
                         {{"session", one.session.text()}, {"problem", labels.error().message}});
    return std::nullopt;
  }
  labels->at = context_.clock.wall();
  context_.log.info("labels_seen", {{"session", one.session.text()},
                                    {"labels", labels->labels.size()},
                                    {"ms", (context_.clock.monotonic() - start).count()}});
  return *std::move(labels);
}

std::optional<SessionRecord> LabelService::write(const Waiting& one, const SceneLabels& labels) {
  const auto written = sessions_.change(one.session, [&](SessionRecord& session) {
    // It may have expired, or been labelled by somebody else, while we looked.
    if (!why_not(session, one.photo).empty() || session.labels) return false;
    session.labels = labels;
    return true;
  });
  if (!written) {
    store_failed("sessions", written.error());
    return std::nullopt;
  }
  if (const auto why = why_not(*written, one.photo); !why.empty()) {
    reject(one, why);
    return std::nullopt;
  }
  return *written;
}

void LabelService::tell_job(const JobId& job) {
  LabelAnswer answer = LabelAnswer::kKnown;
  const auto record =
      jobs_.change(job, [&](JobRecord& changed) { answer = policy_.on_labels(changed); });
  if (!record) return store_failed("sessions", record.error());
  // The API may have written the session and not the job yet: its first take will see the labels.
  if (!*record || answer == LabelAnswer::kKnown) return;

  const bool is_late = answer == LabelAnswer::kLate;
  context_.metrics.labels(is_late ? "late" : "in_time");
  context_.log.info("labels_told", {{"job", job.text()}, {"late", is_late}});
  if (answer != LabelAnswer::kWakeUp) return;
  // Should this fail, the message that waits in the queue comes at its time.
  const std::string once = fmt::format("{}.labels.{}", job.text(), (*record)->version);
  const auto put = stores_.queue.put(present_message(**record), Milliseconds(0), once);
  if (!put) store_failed("queue", put.error());
}

void LabelService::reject(const Waiting& one, std::string_view why) {
  context_.metrics.labels("rejected");
  context_.log.warning("labels_rejected", {{"session", one.session.text()}, {"why", why}});
}

void LabelService::store_failed(std::string_view store, const Error& error) {
  context_.metrics.store_error(store);
  context_.log.warning("labels_lost", {{"store", store}, {"problem", error.message}});
}

}  // namespace pawfect
