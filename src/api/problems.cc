#include "api/problems.h"

#include <fmt/format.h>

#include "base/utc_text.h"

namespace pawfect {

using http::Problem;

Problem store_problem(const Error& error) {
  if (error.code == ErrorCode::kUnavailable)
    return {503, "store", "the service's store does not answer; nothing was done; try again", 5};
  return {500, "bug", "the service made a mistake; it is in its log"};
}

Problem no_session() { return {404, "no-session", "there is no such session"}; }
Problem no_job() { return {404, "no-job", "there is no such job"}; }

Problem expired(const SessionRecord& session) {
  const std::string at = utc_text(session.expires_at);
  return {410,
          "expired",
          fmt::format("this session and its results expired at {}", at),
          {},
          {{"expiredAt", at}}};
}

}  // namespace pawfect
