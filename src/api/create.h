// Making sessions and jobs out of uploads: all that happens between a request that was read and its
// answer. Blocks: for Workers. Safe from any thread.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "api/api.h"
#include "api/idempotency.h"
#include "http/problem.h"
#include "http/spool.h"
#include "store/session_record.h"
#include "worker/fill_options.h"

namespace pawfect {

// A session of that id from a photo. The same id a second time (a request that is taken over) gives
// the session that is there.
std::expected<SessionRecord, http::Problem> create_session(const ApiParts& parts,
                                                           const std::string& owner,
                                                           const SessionId& id,
                                                           const http::SpoolFile& photo);

// The session, if it is the owner's and has not expired.
std::expected<SessionRecord, http::Problem> find_session(const ApiParts& parts,
                                                         const std::string& owner,
                                                         const SessionId& id);

struct FillRequestBody {
  std::optional<http::SpoolFile> photo;  // of a request that makes its session too
  http::SpoolFile mask;
  FillOptions options;
};

// What the client gets, and whether it got it before.
struct Accepted {
  std::string answer;  // JSON
  std::string job;
  bool is_replayed = false;
};

// One fill, from the look at its idempotency key ("": none) to the message in the queue. `session`
// empty: it is made of request.photo. Problems: all that openapi.json names.
std::expected<Accepted, http::Problem> accept_fill(const ApiParts& parts, const std::string& owner,
                                                   const std::string& path, const std::string& key,
                                                   std::optional<SessionId> session,
                                                   const FillRequestBody& request);

}  // namespace pawfect
