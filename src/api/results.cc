// GET /v1/jobs/{id}/result
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/find_job.h"
#include "api/problems.h"
#include "api/routes.h"
#include "api/views.h"
#include "http/ranges.h"
#include "store/job_records.h"

namespace pawfect {
namespace {

using http::Problem;
using http::Request;
using http::Response;

constexpr int kNotReadyRetryS = 2;

struct Picture {
  OpenBlob blob;
  std::string container;
};

// Blocks.
std::expected<Picture, Problem> open_result(const ApiParts& parts, const JobRecord& record) {
  const auto session = Sessions(parts.stores.sessions).read(record.message.session);
  if (!session) return std::unexpected(store_problem(session.error()));
  if (!*session) return std::unexpected(no_job());
  if ((*session)->is_expired) return std::unexpected(expired(**session));
  auto blob = parts.stores.blobs.open(record.result);
  if (!blob || !*blob) {
    parts.context.metrics.store_error("blobs");
    parts.context.log.error("result_not_there", {{"job", record.message.job.text()},
                                                 {"error", blob ? "there is no such blob"
                                                                : blob.error().message.c_str()}});
    if (!blob && blob.error().code == ErrorCode::kUnavailable)
      return std::unexpected(store_problem(blob.error()));
    return std::unexpected(Problem{500, "result-damaged",
                                   "the result is damaged or gone; the service's log says more"});
  }
  return Picture{std::move(**blob), (*session)->container};
}

std::optional<Problem> not_there(const JobRecord& record) {
  if (record.state == JobState::kDone) return std::nullopt;
  if (!has_ended(record)) {
    return Problem{
        409, "not-ready",
        fmt::format("the job is {}; its result is not there yet", state_name(record.state)),
        kNotReadyRetryS};
  }
  return Problem{409, "no-result",
                 fmt::format("the job is {}; it has no result", state_name(record.state))};
}

http::asio::awaitable<Response> read(const ApiParts& parts, const Request& request) {
  const auto asked = asked_job(parts, request);
  if (!asked) co_return http::problem_response(asked.error());
  const auto job = co_await find_job(parts, asked->owner, asked->id);
  if (!job) co_return http::problem_response(job.error());
  if (const auto problem = not_there(*job->record)) co_return http::problem_response(*problem);
  const auto work = [&] { return open_result(parts, *job->record); };
  auto picture = co_await parts.workers.run(work);
  if (!picture) co_return http::problem_response(picture.error());

  const std::string etag = fmt::format("\"{}\"", BlobStore::digest_of(job->record->result));
  http::PartAnswer part = http::answer_part(request, etag, picture->blob.size);
  Response response{part.status, std::move(part.headers)};
  response.headers.emplace_back("Content-Type", media_type(picture->container));
  response.headers.emplace_back("Cache-Control", "private, max-age=3600, immutable");
  response.headers.emplace_back("Content-Disposition",
                                fmt::format("attachment; filename=\"{}.{}\"", asked->id.text(),
                                            file_extension(picture->container)));
  if (part.status == 200 || part.status == 206) {
    response.body = http::FilePart{std::make_shared<FileDescriptor>(std::move(picture->blob.file)),
                                   part.offset, part.length};
  }
  co_return response;
}

}  // namespace

http::Route read_result_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body&) -> http::asio::awaitable<Response> {
    co_return co_await read(parts, request);
  };
  return {"GET", "/v1/jobs/{id}/result", handler};
}

}  // namespace pawfect
