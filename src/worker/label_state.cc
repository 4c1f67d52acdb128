#include "worker/label_state.h"

namespace pawfect {

Result<LabelFinding> find_labels(Sessions& sessions, const ServiceConfig& config,
                                 const JobRecord& record,
                                 const std::optional<FillOptions>& options) {
  if (options && options->prompt) return LabelFinding{LabelState::kPromptGiven};
  // One in the same process has no address.
  const bool has_labeler = !config.labeler.url.empty() || !config.labeler.stand_in.empty();
  if (!has_labeler || !options) return LabelFinding{LabelState::kNoLabeler};
  auto session = sessions.read(record.message.session);
  if (!session) return std::unexpected(session.error());
  // Nobody labels a session that is gone.
  if (!*session) return LabelFinding{LabelState::kNoLabeler};
  if (!(*session)->labels) return LabelFinding{LabelState::kMissing};
  return LabelFinding{LabelState::kThere, std::move((*session)->labels)};
}

}  // namespace pawfect
