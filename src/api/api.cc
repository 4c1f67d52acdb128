#include "api/api.h"

#include <utility>

#include "api/cors.h"
#include "api/routes.h"

namespace pawfect {

std::vector<http::Route> api_routes(ApiParts& parts) {
  return {create_session_route(parts), read_session_route(parts), create_fill_route(parts),
          create_both_route(parts),    read_job_route(parts),     cancel_job_route(parts),
          read_result_route(parts),    read_events_route(parts),  health_route(),
          ready_route(parts),          metrics_route(parts),      openapi_route(),
          capabilities_route(parts)};
}

void prepare_server(http::ServerSetup& setup, ApiParts& parts) {
  // For answers of an API: nothing in them is to be run, framed or guessed at.
  setup.headers = {{"X-Content-Type-Options", "nosniff"},
                   {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Cross-Origin-Resource-Policy", "same-origin"}};
  setup.guard = [&parts](const http::Request& request) -> std::optional<http::Response> {
    if (auto preflight = answer_preflight(request, parts.config.http.cors_origins))
      return preflight;
    if (!request.path.starts_with("/v1/")) return std::nullopt;
    const auto owner = parts.access.owner(request);
    if (!owner) {
      parts.context.metrics.refused("token");
      http::Response refused = http::problem_response(owner.error());
      refused.headers.emplace_back("WWW-Authenticate", "Bearer");
      return refused;
    }
    if (const auto taken = parts.access.take_request(*owner); !taken) {
      parts.context.metrics.refused("rate");
      return http::problem_response(taken.error());
    }
    return std::nullopt;
  };
  setup.finish = [&parts](const http::Request& request, http::Response& response) {
    permit_origin(request, parts.config.http.cors_origins, response);
  };
  setup.sent = [&parts](const http::ServerSetup::Sent& sent) {
    parts.context.metrics.request(sent.route, sent.method, sent.status, sent.seconds, sent.bytes_in,
                                  sent.bytes_out);
    if (sent.status == 413) parts.context.metrics.refused("too-large");
  };
  setup.failed = [&parts](std::string_view what) {
    parts.context.log.error("handler_failed", {{"error", what}});
  };
}

}  // namespace pawfect
