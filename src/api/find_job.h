// A job as this process sees it: from the board, or else from the store. Blocks only where it says
// so.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "api/api.h"
#include "http/exchange.h"
#include "http/problem.h"

namespace pawfect {

// The job, if it is the owner's. Problems: 404, 503.
http::asio::awaitable<std::expected<BoardJob, http::Problem>> find_job(const ApiParts& parts,
                                                                       std::string owner, JobId id);

// Its status as JSON, with the report of a job that is done.
http::asio::awaitable<std::string> job_status(const ApiParts& parts, BoardJob job);

// The id in the route and who asks. Problems: 401, 404.
struct AskedJob {
  std::string owner;
  JobId id;
};
std::expected<AskedJob, http::Problem> asked_job(const ApiParts& parts,
                                                 const http::Request& request);

}  // namespace pawfect
