#include "api/cors.h"

#include <algorithm>

namespace pawfect {
namespace {

bool is_permitted(std::string_view origin, const std::vector<std::string>& origins) {
  return !origin.empty() && std::ranges::find(origins, origin) != origins.end();
}

}  // namespace

std::optional<http::Response> answer_preflight(const http::Request& request,
                                               const std::vector<std::string>& origins) {
  const bool is_preflight = request.method == "OPTIONS" && !request.header("origin").empty() &&
                            !request.header("access-control-request-method").empty();
  if (!is_preflight || !is_permitted(request.header("origin"), origins)) return std::nullopt;
  return http::Response{
      204,
      {{"Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE"},
       {"Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Range"},
       {"Access-Control-Max-Age", "600"}}};
}

void permit_origin(const http::Request& request, const std::vector<std::string>& origins,
                   http::Response& response) {
  if (origins.empty()) return;
  response.headers.emplace_back("Vary", "Origin");
  const std::string_view origin = request.header("origin");
  if (!is_permitted(origin, origins)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  response.headers.emplace_back("Access-Control-Expose-Headers",
                                "ETag, Idempotency-Replayed, Location, Retry-After");
}

}  // namespace pawfect
