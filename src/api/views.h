// Sessions and jobs as clients see them (src/api/openapi.json): JSON texts. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "store/job_board.h"
#include "store/session_record.h"

namespace pawfect {

std::string session_view(const SessionRecord& session);

// `usual_run`: how long a job takes lately, for the estimate; `workers` at once. `report`: what the
// fill reported, JSON; empty: none.
std::string job_view(const BoardJob& job, std::optional<Milliseconds> usual_run, int workers,
                     const std::string& report);

// What changes while a job waits and runs: {"state":...,"stage":...,"progress":...,...}
std::string progress_view(const BoardJob& job, std::optional<Milliseconds> usual_run, int workers);

// "image/jpeg" and "jpg" for "JPEG".
std::string media_type(const std::string& container);
std::string file_extension(const std::string& container);

}  // namespace pawfect
