#include "store/live_progress.h"

#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr JsonBounds kBounds{1024, 2};
constexpr std::size_t kMostStageBytes = 100;
constexpr std::int64_t kMostCount = 1'000'000;
constexpr std::int64_t kMostLeftMs = 1'000'000'000;

}  // namespace

std::string to_text(const LiveProgress& progress) {
  Json json{{"attempt", progress.attempt},
            {"stage", progress.stage.substr(0, kMostStageBytes)},
            {"fraction", progress.fraction},
            {"whole", progress.whole}};
  if (progress.step) json["step"] = *progress.step;
  if (progress.steps) json["steps"] = *progress.steps;
  if (progress.left) json["leftMs"] = progress.left->count();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<LiveProgress> parse_live_progress(std::string_view text) {
  const Result<Json> json = parse_object(text, "progress", kBounds);
  if (!json) return std::nullopt;
  Fields fields(*json, "progress");
  LiveProgress progress;
  progress.attempt = int(fields.whole("attempt", 1, kMostCount));
  progress.stage = fields.text("stage", kMostStageBytes);
  progress.fraction = fields.real("fraction", 0, 1);
  progress.whole = fields.real("whole", 0, 1);
  if (json->contains("step")) progress.step = int(fields.whole("step", 0, kMostCount));
  if (json->contains("steps")) progress.steps = int(fields.whole("steps", 0, kMostCount));
  if (json->contains("leftMs"))
    progress.left = Milliseconds(fields.whole("leftMs", 0, kMostLeftMs));
  if (!fields.verdict()) return std::nullopt;
  return progress;
}

}  // namespace pawfect
