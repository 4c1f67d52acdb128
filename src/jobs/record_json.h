// A job's record and its dead letter as the store keeps them and as people see them (`pawfect jobs
// show`): JSON, read as strictly as the message. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "jobs/job_record.h"

namespace pawfect {

// On one line. Reads back as itself; bytes in texts that are no UTF-8 are replaced.
std::string to_text(const JobRecord& record);

// Error (kBadInput): no JSON, a member missing, of another type or out of range, another version,
// or members that do not fit together; the line names the member.
Result<JobRecord> parse_job_record(std::string_view text);

// {"message":{...},"reason":"...","history":[...]}, on one line.
std::string to_text(const DeadLetter& letter);

}  // namespace pawfect
