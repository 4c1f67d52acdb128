// Errors of the rooms below as problems for clients. Pure functions.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "http/problem.h"
#include "store/session_record.h"

namespace pawfect {

// A store that does not answer: 503, and when to try again. What exactly is wrong is for the log.
http::Problem store_problem(const Error& error);

http::Problem no_session();
http::Problem no_job();

// 410 with the time.
http::Problem expired(const SessionRecord& session);

}  // namespace pawfect
