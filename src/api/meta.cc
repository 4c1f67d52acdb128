// GET /healthz /readyz /metrics /openapi.json /v1/capabilities
#include <memory>
#include <optional>
#include <string>

#include "api/openapi.h"
#include "api/routes.h"
#include "jobs/strict_json.h"
#include "shell/commands.h"
#include "store/session_record.h"
#include "worker/fill_options.h"

namespace pawfect {
namespace {

using http::Request;
using http::Response;

constexpr Milliseconds kReadyIsKnownFor{1'000};  // between two looks at the stores
constexpr Milliseconds kMostBehind{30'000};      // that the board may not have heard of the store
constexpr int kMostLetters = 1000;               // that are counted

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Why the service is not ready; empty: it is. Blocks.
std::string why_not_ready(const ApiParts& parts) {
  if (parts.jobs.behind() > kMostBehind) return "the store was not heard of for a while";
  if (const auto checked = parts.stores.sessions.check(); !checked) return checked.error().message;
  if (const auto checked = parts.stores.queue.check(); !checked) return checked.error().message;
  if (const auto checked = parts.stores.blobs.check(); !checked) return checked.error().message;
  return "";
}

// What was found the last time; of the network thread.
struct Readiness {
  std::optional<MonotonicTime> at;
  std::string why_not;
};

Response ready_response(const std::string& why_not) {
  if (why_not.empty()) return http::json_response(200, R"({"status":"ready"})");
  return http::problem_response({503, "not-ready", why_not, 5});
}

void set_levels(const ApiParts& parts) {
  ServiceMetrics& metrics = parts.context.metrics;
  const auto counts = parts.jobs.counts();
  for (const JobState state :
       {JobState::kQueued, JobState::kWaitingForLabels, JobState::kRunning}) {
    const auto found = counts.find(state);
    metrics.set_open_jobs(state_name(state), found == counts.end() ? 0 : found->second);
  }
  if (const auto length = parts.stores.queue.length()) metrics.set_queue_length(*length);
  if (const auto letters = parts.stores.queue.letters(kMostLetters))
    metrics.set_dead_letters(static_cast<std::int64_t>(letters->size()));
}

std::string capabilities(const ApiParts& parts) {
  const ServiceConfig& config = parts.config;
  const Json json{
      {"version", PAWFECT_VERSION},
      {"limits",
       {{"uploadBytes", config.uploads.most_bytes},
        {"megapixels", config.uploads.most_megapixels},
        {"longestSide", config.uploads.longest_side},
        {"openJobs", config.jobs.most_open},
        {"waitSeconds", config.http.longest_wait_s},
        {"jobsPerSession", SessionRecord::kMostJobs}}},
      {"containers", {"JPEG", "PNG", "WebP", "TIFF"}},
      {"engines", {config.worker.engine}},
      {"labels", parts.labeler != nullptr},
      {"expirySeconds", config.expiry.session_s},
      {"options",
       Json::parse(describe_fill_options({config.worker.most_steps, config.worker.engine}))}};
  return line(json);
}

}  // namespace

http::Route health_route() {
  const auto handler = [](const Request&, http::Body&) -> http::asio::awaitable<Response> {
    co_return http::json_response(200, R"({"status":"ok"})");
  };
  return {"GET", "/healthz", handler};
}

http::Route ready_route(ApiParts& parts) {
  const auto known = std::make_shared<Readiness>();
  const auto handler = [&parts, known](const Request&,
                                       http::Body&) -> http::asio::awaitable<Response> {
    if (parts.is_draining) co_return ready_response("the service is stopping");
    const MonotonicTime now = parts.context.clock.monotonic();
    if (known->at && now - *known->at < kReadyIsKnownFor) co_return ready_response(known->why_not);
    const auto work = [&parts] { return why_not_ready(parts); };
    known->why_not = co_await parts.workers.run(work);
    known->at = now;
    co_return ready_response(known->why_not);
  };
  return {"GET", "/readyz", handler};
}

http::Route metrics_route(ApiParts& parts) {
  const auto handler = [&parts](const Request&, http::Body&) -> http::asio::awaitable<Response> {
    const auto work = [&parts] {
      set_levels(parts);
      return parts.context.metrics.text();
    };
    Response response;
    response.body = co_await parts.workers.run(work);
    response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
    co_return response;
  };
  return {"GET", "/metrics", handler};
}

http::Route openapi_route() {
  const auto handler = [](const Request&, http::Body&) -> http::asio::awaitable<Response> {
    co_return http::json_response(200, std::string(openapi_document()));
  };
  return {"GET", "/openapi.json", handler};
}

http::Route capabilities_route(ApiParts& parts) {
  const auto handler = [&parts](const Request&, http::Body&) -> http::asio::awaitable<Response> {
    co_return http::json_response(200, capabilities(parts));
  };
  return {"GET", "/v1/capabilities", handler};
}

}  // namespace pawfect
