#include "labeler/local_label_caller.h"

namespace pawfect {

void LocalLabelCaller::ask(const SessionId& session, std::string_view photo) {
  const bool is_taken = service_.put(session, photo) == LabelService::Put::kTaken;
  context_.metrics.labeler_call(is_taken ? "accepted" : "dropped", 0);
  if (!is_taken) context_.log.warning("labeler_call_dropped", {{"session", session.text()}});
}

}  // namespace pawfect
