#include "jobs/job_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr std::string_view kName = "job message";
constexpr int kDeepest = 8;
constexpr std::int64_t kLastMs = 253'402'300'799'999;  // of the year 9999
constexpr std::size_t kMostNameBytes = 200;
constexpr int kMostNameParts = 8;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

std::optional<std::string> blob_name(std::string_view text) {
  if (text.empty() || text.size() > kMostNameBytes) return std::nullopt;
  int parts = 1;
  bool starts = true;
  for (const char c : text) {
    const bool fits =
        is_letter_or_digit(c) || (!starts && (c == '.' || c == '_' || c == '-' || c == '/'));
    if (!fits) return std::nullopt;
    starts = c == '/';
    if (starts) ++parts;
  }
  if (starts || parts > kMostNameParts) return std::nullopt;
  return std::string(text);
}

Result<JobMessage> parse_job_message(std::string_view text) {
  const auto json = parse_object(text, kName, {JobMessage::kMostBytes, kDeepest});
  if (!json) return std::unexpected(json.error());

  Fields fields(*json, kName);
  const std::int64_t version = fields.whole("v", 0, INT64_MAX);
  if (const auto read = fields.verdict(); !read) return std::unexpected(read.error());
  if (version != JobMessage::kVersion) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: v: found {}; this program reads {}; upgrade the workers before "
                            "what sends",
                            kName, version, JobMessage::kVersion));
  }

  constexpr std::string_view kBlobNames =
      "a blob's name: parts of a-z, 0-9, '.', '_', '-' with '/' between";
  JobMessage message;
  message.job = fields.made("jobId", JobId::from, JobId::kAllowed);
  message.session = fields.made("sessionId", SessionId::from, SessionId::kAllowed);
  message.image = fields.made("image", blob_name, kBlobNames);
  message.mask = fields.made("mask", blob_name, kBlobNames);
  if (const Json* options = fields.object("options")) message.options = options->dump();
  // Numbers may be longer than they came.
  if (message.options.size() > JobMessage::kMostOptionBytes) {
    fields.refuse("options", fmt::format("{} bytes", message.options.size()),
                  fmt::format("at most {}", JobMessage::kMostOptionBytes));
  }
  const std::int64_t enqueued = fields.whole("enqueuedAt", 0, kLastMs);
  message.enqueued_at = wall_time(enqueued);
  message.attempt = int(fields.whole("attempt", 0, JobMessage::kMostCount));
  message.label_attempt = int(fields.whole("labelAttempt", 0, JobMessage::kMostCount));
  message.label_deadline = wall_time(
      fields.whole("labelDeadline", enqueued, enqueued + JobMessage::kLongestLabelWait.count()));
  if (const auto read = fields.verdict(); !read) return std::unexpected(read.error());
  return message;
}

std::string to_text(const JobMessage& message) {
  Json json;
  json["v"] = JobMessage::kVersion;
  json["jobId"] = message.job.text();
  json["sessionId"] = message.session.text();
  json["image"] = message.image;
  json["mask"] = message.mask;
  json["options"] = Json::parse(message.options);
  json["enqueuedAt"] = since_1970_ms(message.enqueued_at);
  json["attempt"] = message.attempt;
  json["labelAttempt"] = message.label_attempt;
  json["labelDeadline"] = since_1970_ms(message.label_deadline);
  return json.dump();
}

}  // namespace pawfect
