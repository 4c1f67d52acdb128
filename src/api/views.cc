#include "api/views.h"

#include <algorithm>

#include "base/utc_text.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostHistory = 20;  // entries that clients are shown, the newest

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Seconds until the job is done, as far as anybody can tell.
std::optional<double> estimate(const BoardJob& job, std::optional<Milliseconds> usual_run,
                               int workers) {
  if (job.progress && job.progress->left) return double(job.progress->left->count()) / 1000;
  if (!usual_run) return std::nullopt;
  const double run = double(usual_run->count()) / 1000;
  if (job.record->state == JobState::kRunning)
    return job.progress ? run * (1 - job.progress->whole) : run;
  if (job.position == 0) return std::nullopt;
  // Those before it, `workers` at once, and then itself.
  return run * (1 + double(job.position - 1) / std::max(1, workers));
}

void add_progress(Json& json, const BoardJob& job, std::optional<Milliseconds> usual_run,
                  int workers) {
  const JobRecord& record = *job.record;
  json["state"] = state_name(record.state);
  json["attempt"] = record.last_attempt;
  if (record.lease) {
    json["stage"] = job.progress ? job.progress->stage : record.lease->stage;
    json["progress"] = job.progress ? job.progress->whole : 0.0;
    if (job.progress && job.progress->step) json["step"] = *job.progress->step;
    if (job.progress && job.progress->steps) json["steps"] = *job.progress->steps;
  } else if (record.state == JobState::kDone) {
    json["progress"] = 1.0;
  }
  if (job.position > 0) json["queuePosition"] = job.position;
  if (has_ended(record)) return;
  if (const auto seconds = estimate(job, usual_run, workers)) json["etaSeconds"] = *seconds;
}

Json history_json(const JobRecord& record) {
  Json list = Json::array();
  const std::size_t skipped = record.history.size() - std::min(record.history.size(), kMostHistory);
  for (std::size_t i = skipped; i < record.history.size(); ++i) {
    const HistoryEntry& entry = record.history[i];
    list.push_back({{"at", utc_text(entry.at)},
                    {"attempt", entry.attempt},
                    {"what", happened_name(entry.what)},
                    {"detail", entry.detail}});
  }
  return list;
}

}  // namespace

std::string session_view(const SessionRecord& session) {
  Json jobs = Json::array();
  for (const JobId& job : session.jobs) jobs.push_back(job.text());
  Json json{{"sessionId", session.id.text()},
            {"width", session.width},
            {"height", session.height},
            {"container", session.container},
            {"bytes", session.bytes},
            {"createdAt", utc_text(session.created_at)},
            {"expiresAt", utc_text(session.expires_at)},
            {"jobs", jobs},
            {"sceneLabels", nullptr}};
  if (session.labels) {
    Json labels = Json::array();
    for (const SceneLabel& label : session.labels->labels) {
      labels.push_back({{"label", label.label}, {"score", label.score}, {"share", label.share}});
    }
    json["sceneLabels"] = {{"labels", labels},
                           {"model", session.labels->model},
                           {"version", session.labels->version},
                           {"at", utc_text(session.labels->at)}};
  }
  return line(json);
}

std::string job_view(const BoardJob& job, std::optional<Milliseconds> usual_run, int workers,
                     const std::string& report) {
  const JobRecord& record = *job.record;
  const std::string& id = record.message.job.text();
  Json json{{"jobId", id}, {"sessionId", record.message.session.text()}};
  add_progress(json, job, usual_run, workers);
  json["attempts"] = record.attempts_used;
  json["createdAt"] = utc_text(record.message.enqueued_at);
  if (record.labels != LabelArrival::kNone) json["labels"] = arrival_name(record.labels);
  if (record.state == JobState::kDone) {
    json["result"] = "/v1/jobs/" + id + "/result";
    json["promptSource"] = prompt_source_name(record.prompt);
  }
  if (record.state == JobState::kDead)
    json["error"] = {{"code", "failed"}, {"detail", record.reason}};
  json["history"] = history_json(record);
  if (!report.empty()) {
    Json parsed = Json::parse(report, nullptr, false);
    if (!parsed.is_discarded()) json["report"] = std::move(parsed);
  }
  return line(json);
}

std::string progress_view(const BoardJob& job, std::optional<Milliseconds> usual_run, int workers) {
  Json json = Json::object();
  add_progress(json, job, usual_run, workers);
  return line(json);
}

std::string media_type(const std::string& container) {
  if (container == "JPEG") return "image/jpeg";
  if (container == "WebP") return "image/webp";
  return container == "TIFF" ? "image/tiff" : "image/png";
}

std::string file_extension(const std::string& container) {
  if (container == "JPEG") return "jpg";
  if (container == "WebP") return "webp";
  return container == "TIFF" ? "tif" : "png";
}

}  // namespace pawfect
