#include "jobs/record_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr std::string_view kName = "job record";
constexpr int kVersion = 1;
constexpr JsonBounds kBounds{512 * 1024, 10};
constexpr std::size_t kMostEntries = 1000;
constexpr std::size_t kMostTextBytes = 4096;
constexpr std::int64_t kMostCount = 1'000'000;
// Either side of 1970: wall clocks can be anywhere.
constexpr std::int64_t kFarMs = 253'402'300'799'999;

constexpr std::array kStates{JobState::kQueued,  JobState::kWaitingForLabels,
                             JobState::kRunning, JobState::kDone,
                             JobState::kDead,    JobState::kCancelled};
constexpr std::array kSources{PromptSource::kUndecided, PromptSource::kGiven, PromptSource::kLabels,
                              PromptSource::kCaption, PromptSource::kEmpty};
constexpr std::array kArrivals{LabelArrival::kNone, LabelArrival::kInTime, LabelArrival::kLate};
constexpr std::array kHappenings{Happened::kAccepted,     Happened::kWaited,  Happened::kLabelled,
                                 Happened::kLabelledLate, Happened::kStarted, Happened::kReleased,
                                 Happened::kFailed,       Happened::kDone,    Happened::kDied,
                                 Happened::kCancelled,    Happened::kReplayed};

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The value among `values` that `name_of` calls what the member says.
template <typename Values, typename NameOf>
auto named(Fields& fields, std::string_view key, const Values& values, NameOf name_of) {
  std::vector<std::string_view> names;
  names.reserve(values.size());
  for (const auto value : values) names.push_back(name_of(value));
  const auto from = [&](std::string_view text) {
    std::optional<typename Values::value_type> found;
    for (const auto value : values) {
      if (name_of(value) == text) found = value;
    }
    return found;
  };
  return fields.made(key, from, fmt::format("{}", fmt::join(names, ", ")));
}

Json history_json(const std::vector<HistoryEntry>& history) {
  Json list = Json::array();
  for (const HistoryEntry& entry : history) {
    list.push_back({{"at", since_1970_ms(entry.at)},
                    {"attempt", entry.attempt},
                    {"what", happened_name(entry.what)},
                    {"detail", entry.detail}});
  }
  return list;
}

HistoryEntry read_entry(const Json& json, Fields& record) {
  HistoryEntry entry;
  if (!json.is_object()) return record.refuse("history", shown(json), "objects"), entry;
  Fields fields(json, "job record: history");
  entry.at = wall_time(fields.whole("at", -kFarMs, kFarMs));
  entry.attempt = int(fields.whole("attempt", 0, kMostCount));
  entry.what = named(fields, "what", kHappenings, happened_name);
  entry.detail = fields.text("detail", kMostTextBytes);
  record.keep(fields.verdict());
  return entry;
}

std::optional<Lease> read_lease(Fields& record) {
  const Json* json = record.needed("lease");
  if (json == nullptr || json->is_null()) return std::nullopt;
  if (!json->is_object()) return record.refuse("lease", shown(*json), "an object or null"), Lease();
  Fields fields(*json, "job record: lease");
  Lease lease;
  lease.owner = fields.text("owner", kMostTextBytes);
  lease.attempt = int(fields.whole("attempt", 1, kMostCount));
  lease.length = Milliseconds(fields.whole("lengthMs", 1, kFarMs));
  lease.stage = fields.text("stage", kMostTextBytes);
  lease.fraction = fields.real("fraction", 0, 1);
  record.keep(fields.verdict());
  return lease;
}

Json lease_json(const std::optional<Lease>& lease) {
  if (!lease) return nullptr;
  return {{"owner", lease->owner},
          {"attempt", lease->attempt},
          {"lengthMs", lease->length.count()},
          {"stage", lease->stage},
          {"fraction", lease->fraction}};
}

}  // namespace

std::string to_text(const JobRecord& record) {
  Json json;
  json["v"] = kVersion;
  json["message"] = Json::parse(to_text(record.message));
  json["state"] = state_name(record.state);
  json["version"] = record.version;
  json["attemptsUsed"] = record.attempts_used;
  json["lastAttempt"] = record.last_attempt;
  json["releases"] = record.releases;
  json["replays"] = record.replays;
  json["labelRequeues"] = record.label_requeues;
  json["labelWaitedMs"] = record.label_waited.count();
  json["labels"] = arrival_name(record.labels);
  json["prompt"] = prompt_source_name(record.prompt);
  json["notBefore"] = since_1970_ms(record.not_before);
  json["delayMs"] = record.delay.count();
  json["resends"] = record.resends;
  json["lease"] = lease_json(record.lease);
  json["result"] = record.result;
  json["reason"] = record.reason;
  json["owesLetter"] = record.owes_letter;
  json["history"] = history_json(record.history);
  json["historyDropped"] = record.history_dropped;
  return line(json);
}

Result<JobRecord> parse_job_record(std::string_view text) {
  const auto json = parse_object(text, kName, kBounds);
  if (!json) return std::unexpected(json.error());
  Fields fields(*json, kName);
  fields.whole("v", kVersion, kVersion);
  JobRecord record;
  if (const Json* message = fields.object("message")) {
    auto read = parse_job_message(message->dump());
    if (!read) return std::unexpected(read.error());
    record.message = *std::move(read);
  }
  record.state = named(fields, "state", kStates, state_name);
  record.version = std::uint64_t(fields.whole("version", 1, INT64_MAX));
  record.attempts_used = int(fields.whole("attemptsUsed", 0, kMostCount));
  record.last_attempt = int(fields.whole("lastAttempt", 0, kMostCount));
  record.releases = int(fields.whole("releases", 0, kMostCount));
  record.replays = int(fields.whole("replays", 0, kMostCount));
  record.label_requeues = int(fields.whole("labelRequeues", 0, kMostCount));
  record.label_waited = Milliseconds(fields.whole("labelWaitedMs", 0, kFarMs));
  record.labels = named(fields, "labels", kArrivals, arrival_name);
  record.prompt = named(fields, "prompt", kSources, prompt_source_name);
  record.not_before = wall_time(fields.whole("notBefore", -kFarMs, kFarMs));
  record.delay = Milliseconds(fields.whole("delayMs", 0, kFarMs));
  record.resends = int(fields.whole("resends", 0, kMostCount));
  record.lease = read_lease(fields);
  record.result = fields.text("result", kMostTextBytes);
  if (!record.result.empty() && !blob_name(record.result))
    fields.refuse("result", shown(record.result), "a blob's name, or nothing");
  record.reason = fields.text("reason", kMostTextBytes);
  record.owes_letter = fields.boolean("owesLetter");
  if (const Json* history = fields.list("history", kMostEntries)) {
    record.history.reserve(history->size());
    for (const Json& entry : *history) record.history.push_back(read_entry(entry, fields));
  }
  record.history_dropped = int(fields.whole("historyDropped", 0, kMostCount));
  if (const auto read = fields.verdict(); !read) return std::unexpected(read.error());
  if (!is_consistent(record)) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: job {}: state '{}' does not fit its lease, result or counters; it "
                            "was changed by other hands",
                            kName, record.message.job.text(), state_name(record.state)));
  }
  return record;
}

std::string to_text(const DeadLetter& letter) {
  Json json;
  json["message"] = Json::parse(to_text(letter.message));
  json["reason"] = letter.reason;
  json["history"] = history_json(letter.history);
  return line(json);
}

}  // namespace pawfect
