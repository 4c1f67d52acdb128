// GET /v1/jobs/{id}/events: how a job gets on, as text/event-stream. What counts is how things
// stand: a client that connects, or connects again, is told that first, and then of every change.
#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/find_job.h"
#include "api/job_signal.h"
#include "api/routes.h"
#include "api/views.h"
#include "http/event_stream.h"

namespace pawfect {
namespace {

using http::Request;
using http::Response;

constexpr Milliseconds kHeartbeat{15'000};

// One client's stream.
class Events {
 public:
  Events(const ApiParts& parts, AskedJob asked, const http::asio::any_io_executor& executor,
         std::string last_seen)
      : parts_(parts),
        asked_(std::move(asked)),
        signal_(parts.jobs, asked_.id, executor),
        last_seen_(std::move(last_seen)) {}

  // The next piece; nothing when the job has ended and the client knows.
  http::asio::awaitable<std::optional<std::string>> next() {
    while (!is_over_) {
      if (has_begun_) {
        const auto before = std::chrono::steady_clock::now();
        co_await signal_.wait(kHeartbeat);
        if (std::chrono::steady_clock::now() - before >= kHeartbeat)
          co_return http::event_comment("still here");
      }
      auto job = co_await find_job(parts_, asked_.owner, asked_.id);
      if (!job) co_return std::nullopt;
      std::string piece = co_await piece_for(std::move(*job));
      has_begun_ = true;
      if (!piece.empty()) co_return piece;
    }
    co_return std::nullopt;
  }

 private:
  // Empty: there is nothing that the client does not know.
  http::asio::awaitable<std::string> piece_for(BoardJob job) {
    const JobRecord& record = *job.record;
    const std::string view = progress_view(job, parts_.jobs.usual_run(), parts_.config.worker.jobs);
    const bool is_new = view != last_view_;
    last_view_ = view;
    // What a client knew before it connected again; a job that has ended is told of in any case.
    const std::string id = fmt::format("{}-{}", record.version, job.change);
    const bool is_known = !has_begun_ && id == last_seen_;
    if (has_ended(record)) {
      is_over_ = true;
      const std::string status = co_await job_status(parts_, std::move(job));
      co_return http::event_text(id, "done", status);
    }
    if (!is_new || is_known) co_return std::string();
    const bool is_other_state = last_state_ != record.state;
    last_state_ = record.state;
    const char* name = is_other_state ? "state" : record.lease.has_value() ? "progress" : "queue";
    co_return http::event_text(id, name, view);
  }

  const ApiParts& parts_;
  AskedJob asked_;
  JobSignal signal_;
  std::string last_seen_;
  std::string last_view_;
  std::optional<JobState> last_state_;
  bool has_begun_ = false;
  bool is_over_ = false;
};

http::asio::awaitable<Response> read(const ApiParts& parts, const Request& request) {
  auto asked = asked_job(parts, request);
  if (!asked) co_return http::problem_response(asked.error());
  const auto job = co_await find_job(parts, asked->owner, asked->id);
  if (!job) co_return http::problem_response(job.error());
  const auto executor = co_await http::asio::this_coro::executor;
  const auto events = std::make_shared<Events>(parts, std::move(*asked), executor,
                                               std::string(request.header("last-event-id")));
  Response response;
  response.headers = {{"Content-Type", "text/event-stream"},
                      {"Cache-Control", "no-store"},
                      {"X-Accel-Buffering", "no"}};
  response.body = http::EventStream{[events] { return events->next(); }};
  co_return response;
}

}  // namespace

http::Route read_events_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body&) -> http::asio::awaitable<Response> {
    co_return co_await read(parts, request);
  };
  return {"GET", "/v1/jobs/{id}/events", handler};
}

}  // namespace pawfect
