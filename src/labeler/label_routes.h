// The labeler's HTTP side: POST /v1/labels {"sessionId":"...","image":"..."} is answered with 202
// as soon as the photo waits in the queue. Whether there is such a session shows only later
// (labeler/label_service.h). The handlers run on the server's network thread and wait for nothing.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"
#include "http/problem.h"
#include "jobs/id.h"
#include "labeler/label_service.h"

namespace pawfect {

struct LabelRequest {
  static constexpr std::size_t kMostBytes = 4 * 1024;

  SessionId session;
  std::string photo;  // a blob's name
};

// Strict: both members, nothing else. Error (kBadInput), which names the member.
Result<LabelRequest> parse_label_request(std::string_view text);
std::string to_text(const LabelRequest& request);

// Null: there is no model, and every call is answered with 503. The service outlives the route.
http::Route label_route(LabelService* service);

}  // namespace pawfect
