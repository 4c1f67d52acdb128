// GET /v1/jobs/{id}[?wait=SECONDS], DELETE /v1/jobs/{id}
#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <chrono>
#include <span>
#include <string>

#include "api/find_job.h"
#include "api/job_signal.h"
#include "api/problems.h"
#include "api/routes.h"
#include "api/views.h"
#include "base/sha256.h"
#include "http/ranges.h"
#include "store/job_records.h"

namespace pawfect {
namespace {

using http::Problem;
using http::Request;
using http::Response;

// A job that the board does not know of yet is asked for again after that.
constexpr Milliseconds kStrangerWait{250};
// So often one who waits looks whether the service is about to stop.
constexpr Milliseconds kDrainingWait{500};

std::expected<Milliseconds, Problem> wait_of(const Request& request, int longest_s) {
  const auto text = request.query_value("wait");
  if (!text) return Milliseconds(0);
  int seconds = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (text->empty() || problem != std::errc() || end != text->data() + text->size() ||
      seconds < 0 || seconds > longest_s) {
    return std::unexpected(
        Problem{400, "bad-wait", fmt::format("wait: whole seconds from 0 to {}", longest_s)});
  }
  return std::chrono::seconds(seconds);
}

// The status under a tag of its bytes.
Response status_response(const Request& request, std::string status) {
  const std::string digest = hex(sha256(std::as_bytes(std::span(status))));
  const std::string etag = fmt::format("\"{}\"", digest.substr(0, 32));
  http::Texts headers{{"ETag", etag}, {"Cache-Control", "no-store"}};
  const std::string_view known = request.header("if-none-match");
  if (!known.empty() && http::names_tag(known, etag, false)) return {304, std::move(headers)};
  return http::json_response(200, std::move(status), std::move(headers));
}

http::asio::awaitable<Response> read(const ApiParts& parts, const Request& request) {
  const auto asked = asked_job(parts, request);
  if (!asked) co_return http::problem_response(asked.error());
  const auto wait = wait_of(request, parts.config.http.longest_wait_s);
  if (!wait) co_return http::problem_response(wait.error());
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + *wait;
  JobSignal signal(parts.jobs, asked->id, co_await http::asio::this_coro::executor);
  while (true) {
    auto job = co_await find_job(parts, asked->owner, asked->id);
    if (!job) co_return http::problem_response(job.error());
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Steady::now());
    if (has_ended(*job->record) || left.count() <= 0 || parts.is_draining)
      co_return status_response(request, co_await job_status(parts, *job));
    const bool is_on_board = parts.jobs.find(asked->id).has_value();
    co_await signal.wait(std::min(left, is_on_board ? kDrainingWait : kStrangerWait));
  }
}

std::expected<BoardJob, Problem> cancel(const ApiParts& parts, const JobId& id) {
  CancelAnswer answer{};
  auto record = JobRecords(parts.stores.sessions).change(id, [&](JobRecord& job) {
    answer = parts.policy.on_cancel(job);
  });
  if (!record) {
    parts.context.metrics.store_error("sessions");
    return std::unexpected(store_problem(record.error()));
  }
  if (!*record) return std::unexpected(no_job());
  if (answer == CancelAnswer::kCancelled) {
    parts.context.metrics.job_cancelled();
    parts.context.log.info("job_cancelled", {{"job", id.text()}});
  } else if ((*record)->state != JobState::kCancelled) {
    return std::unexpected(Problem{409, "already-ended",
                                   fmt::format("the job is {} already; there is nothing to cancel",
                                               state_name((*record)->state))});
  }
  BoardJob job;
  job.record = std::make_shared<const JobRecord>(std::move(**record));
  return job;
}

http::asio::awaitable<Response> remove(const ApiParts& parts, const Request& request) {
  const auto asked = asked_job(parts, request);
  if (!asked) co_return http::problem_response(asked.error());
  const auto job = co_await find_job(parts, asked->owner, asked->id);
  if (!job) co_return http::problem_response(job.error());
  const auto work = [&] { return cancel(parts, asked->id); };
  const auto cancelled = co_await parts.workers.run(work);
  if (!cancelled) co_return http::problem_response(cancelled.error());
  co_return http::json_response(200,
                                job_view(*cancelled, std::nullopt, parts.config.worker.jobs, ""),
                                {{"Cache-Control", "no-store"}});
}

}  // namespace

http::Route read_job_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body&) -> http::asio::awaitable<Response> {
    co_return co_await read(parts, request);
  };
  return {"GET", "/v1/jobs/{id}", handler};
}

http::Route cancel_job_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body&) -> http::asio::awaitable<Response> {
    co_return co_await remove(parts, request);
  };
  return {"DELETE", "/v1/jobs/{id}", handler};
}

}  // namespace pawfect
