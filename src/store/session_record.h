// What the store keeps about a session: the photo somebody sent, what was seen in it, and the jobs
// on it. JSON on one line, read strictly. A value type and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/id.h"

namespace pawfect {

struct SceneLabel {
  std::string label;  // of the vocabulary: "grass"
  double score = 0;   // 0..1, how sure
  double share = 0;   // 0..1, of the ring around the hole or of the photo

  bool operator==(const SceneLabel&) const = default;
};

struct SceneLabels {
  std::vector<SceneLabel> labels;  // at most 64, the surest first; empty: looked at, nothing known
  std::string model, version;
  WallTime at;

  bool operator==(const SceneLabels&) const = default;
};

struct SessionRecord {
  static constexpr std::size_t kMostJobs = 500;

  SessionId id;
  std::string owner;      // the token's name; empty: there are no tokens
  std::string photo;      // a blob's name
  std::string container;  // "JPEG", "PNG", "WebP", "TIFF"
  std::uint64_t bytes = 0;
  int width = 0, height = 0;  // upright
  WallTime created_at, expires_at;
  bool is_expired = false;  // its blobs are gone; it stays a while so that people learn when
  std::vector<JobId> jobs;  // in their order
  std::optional<SceneLabels> labels;

  bool operator==(const SessionRecord&) const = default;
};

std::string to_text(const SessionRecord& record);

// Error (kBadInput): no JSON, a member missing, of another type or out of range.
Result<SessionRecord> parse_session_record(std::string_view text);

}  // namespace pawfect
