// Jobs as `pawfect jobs` shows them. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/job_record.h"
#include "store/session_store.h"

namespace pawfect {

// All jobs of the store, the oldest first. Error: the store's; kBug for one that cannot be read.
Result<std::vector<JobRecord>> all_jobs(SessionStore& store);

// "open" stands for every state that is no end; else a state's name, or "all". Error (kUsage): it
// is none.
Result<std::vector<JobRecord>> only_in(std::vector<JobRecord> jobs, std::string_view state);

// "ID  STATE  attempts  age  why", columns under each other, with a head.
std::string job_table(const std::vector<JobRecord>& jobs, WallTime now);

// A job with its whole history, for people.
std::string job_story(const JobRecord& job, WallTime now);

}  // namespace pawfect
