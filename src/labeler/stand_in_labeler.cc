#include "labeler/stand_in_labeler.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "config/config_value.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostLabels = 64;
constexpr std::size_t kLongestLabel = 32;

std::optional<double> part_of_one(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = read.ec == std::errc() && read.ptr == text.data() + text.size();
  if (!is_number || !(number >= 0 && number <= 1)) return std::nullopt;
  return number;
}

std::optional<SceneLabel> parse_label(std::string_view text) {
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;

  const std::string_view label = text.substr(0, first);
  const bool is_label =
      !label.empty() && label.size() <= kLongestLabel &&
      std::ranges::all_of(label, [](char c) { return (c >= 'a' && c <= 'z') || c == ' '; });
  const auto score = part_of_one(text.substr(first + 1, second - first - 1));
  const auto share = part_of_one(text.substr(second + 1));
  if (!is_label || !score || !share) return std::nullopt;
  return SceneLabel{std::string(label), *score, *share};
}

}  // namespace

Result<std::unique_ptr<StandInLabeler>> StandInLabeler::parse(std::string_view text,
                                                              Milliseconds delay) {
  std::vector<SceneLabel> labels;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    const auto label = parse_label(one);
    if (!label || labels.size() == kMostLabels) {
      return fail(ErrorCode::kUsage,
                  fmt::format("[labeler] stand_in: found {}; allowed: at most {} of "
                              "LABEL:SCORE:SHARE with commas between, scores and shares 0 to 1, as "
                              "in \"grass:0.9:0.8,sand:0.2:0.1\"",
                              in_quotes(one), kMostLabels));
    }
    labels.push_back(*label);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::ranges::stable_sort(labels, std::greater(), &SceneLabel::score);
  return std::unique_ptr<StandInLabeler>(new StandInLabeler(std::move(labels), delay));
}

Result<SceneLabels> StandInLabeler::look(const OpenBlob&, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  // Nobody wakes it but the stop.
  std::condition_variable_any().wait_for(lock, stop, delay_, [] { return false; });
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "the labeler was told to stop");
  return SceneLabels{labels_, "stand-in", "1", {}};
}

}  // namespace pawfect
