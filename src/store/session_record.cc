#include "store/session_record.h"

#include <fmt/format.h>

#include <array>

#include "jobs/job_message.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr std::string_view kName = "session";
constexpr int kVersion = 1;
constexpr JsonBounds kBounds{256 * 1024, 6};
constexpr std::size_t kMostLabels = 64;
constexpr std::size_t kMostTextBytes = 200;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;
constexpr std::int64_t kLongestSide = 1'000'000;
constexpr std::int64_t kFarMs = 253'402'300'799'999;
constexpr std::array<std::string_view, 4> kContainers{"JPEG", "PNG", "WebP", "TIFF"};

std::optional<std::string> container(std::string_view text) {
  for (const std::string_view known : kContainers) {
    if (text == known) return std::string(text);
  }
  return std::nullopt;
}

Json labels_json(const SceneLabels& labels) {
  Json list = Json::array();
  for (const SceneLabel& label : labels.labels)
    list.push_back({{"label", label.label}, {"score", label.score}, {"share", label.share}});
  return {{"labels", list},
          {"model", labels.model},
          {"version", labels.version},
          {"at", since_1970_ms(labels.at)}};
}

SceneLabels read_labels(const Json& json, Fields& outer) {
  Fields fields(json, "sceneLabels");
  SceneLabels labels;
  if (const Json* list = fields.list("labels", kMostLabels)) {
    for (const Json& entry : *list) {
      if (!entry.is_object()) {
        outer.refuse("sceneLabels.labels", shown(entry), "objects");
        continue;
      }
      Fields label(entry, "sceneLabels.labels");
      labels.labels.push_back({label.text("label", kMostTextBytes), label.real("score", 0, 1),
                               label.real("share", 0, 1)});
      outer.keep(label.verdict());
    }
  }
  labels.model = fields.text("model", kMostTextBytes);
  labels.version = fields.text("version", kMostTextBytes);
  labels.at = wall_time(fields.whole("at", -kFarMs, kFarMs));
  outer.keep(fields.verdict());
  return labels;
}

}  // namespace

std::string to_text(const SessionRecord& record) {
  Json jobs = Json::array();
  for (const JobId& job : record.jobs) jobs.push_back(job.text());
  Json json{{"v", kVersion},
            {"sessionId", record.id.text()},
            {"owner", record.owner},
            {"photo", record.photo},
            {"container", record.container},
            {"bytes", record.bytes},
            {"width", record.width},
            {"height", record.height},
            {"createdAt", since_1970_ms(record.created_at)},
            {"expiresAt", since_1970_ms(record.expires_at)},
            {"isExpired", record.is_expired},
            {"jobs", jobs},
            {"sceneLabels", record.labels ? labels_json(*record.labels) : Json()}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<SessionRecord> parse_session_record(std::string_view text) {
  const auto json = parse_object(text, kName, kBounds);
  if (!json) return std::unexpected(json.error());
  Fields fields(*json, kName);
  fields.whole("v", kVersion, kVersion);
  SessionRecord record;
  record.id = fields.made("sessionId", SessionId::from, SessionId::kAllowed);
  record.owner = fields.text("owner", kMostTextBytes);
  record.photo = fields.made("photo", blob_name, "a blob's name");
  record.container = fields.made("container", container, "JPEG, PNG, WebP or TIFF");
  record.bytes = static_cast<std::uint64_t>(fields.whole("bytes", 0, kMostBytes));
  record.width = int(fields.whole("width", 1, kLongestSide));
  record.height = int(fields.whole("height", 1, kLongestSide));
  record.created_at = wall_time(fields.whole("createdAt", -kFarMs, kFarMs));
  record.expires_at = wall_time(fields.whole("expiresAt", -kFarMs, kFarMs));
  record.is_expired = fields.boolean("isExpired");
  if (const Json* jobs = fields.list("jobs", SessionRecord::kMostJobs)) {
    for (const Json& job : *jobs) {
      const auto id =
          job.is_string() ? JobId::from(job.get_ref<const std::string&>()) : std::nullopt;
      if (!id) fields.refuse("jobs", shown(job), JobId::kAllowed);
      if (id) record.jobs.push_back(*id);
    }
  }
  const Json* labels = fields.needed("sceneLabels");
  if (labels != nullptr && labels->is_object()) {
    record.labels = read_labels(*labels, fields);
  } else if (labels != nullptr && !labels->is_null()) {
    fields.refuse("sceneLabels", shown(*labels), "an object or null");
  }
  if (const auto read = fields.verdict(); !read) return std::unexpected(read.error());
  return record;
}

}  // namespace pawfect
