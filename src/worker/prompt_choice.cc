#include "worker/prompt_choice.h"

#include <algorithm>

namespace pawfect {
namespace {

constexpr double kLeastScore = 0.5;               // below it a label is a guess
constexpr std::string_view kUnknown = "unknown";  // a label that says that there is none

// Null: nothing is sure enough.
const SceneLabel* surest_label(const SceneLabels& labels) {
  const auto surest = std::ranges::max_element(labels.labels, {}, &SceneLabel::score);
  if (surest == labels.labels.end()) return nullptr;
  return surest->score >= kLeastScore && surest->label != kUnknown ? &*surest : nullptr;
}

}  // namespace

ChosenPrompt choose_prompt(PromptPlan plan, const std::optional<std::string>& given,
                           const std::optional<SceneLabels>& labels) {
  if (plan == PromptPlan::kGiven) return {given.value_or(""), PromptSource::kGiven};
  if (plan != PromptPlan::kLabels || !labels) return {};
  const SceneLabel* const surest = surest_label(*labels);
  if (surest == nullptr) return {};
  return {surest->label, PromptSource::kLabels};
}

}  // namespace pawfect
