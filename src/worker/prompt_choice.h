// What text an engine is given: the user's own, the surest thing that was seen around, or none.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "jobs/job_policy.h"
#include "jobs/job_record.h"
#include "store/session_record.h"

namespace pawfect {

struct ChosenPrompt {
  std::string text;
  PromptSource source = PromptSource::kEmpty;
};

// `given` is what the user asked for, `labels` what is known of the scene; either may be missing.
ChosenPrompt choose_prompt(PromptPlan plan, const std::optional<std::string>& given,
                           const std::optional<SceneLabels>& labels);

}  // namespace pawfect
