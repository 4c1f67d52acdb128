// What a worker knows of a job's labels when it takes the job: whether anybody waits for them at
// all, and whether they are there. Any thread, as the store.
#pragma once

#include <optional>

#include "base/error.h"
#include "config/service_config.h"
#include "jobs/job_policy.h"
#include "store/job_records.h"
#include "worker/fill_options.h"

namespace pawfect {

struct LabelFinding {
  LabelState state = LabelState::kMissing;
  std::optional<SceneLabels> labels = {};
};

// `options` is empty when they cannot be read: then nobody waits. Errors: the store's.
Result<LabelFinding> find_labels(Sessions& sessions, const ServiceConfig& config,
                                 const JobRecord& record,
                                 const std::optional<FillOptions>& options);

}  // namespace pawfect
