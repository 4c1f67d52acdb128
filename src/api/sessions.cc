// POST /v1/sessions, GET /v1/sessions/{id}
#include <string>
#include <utility>

#include "api/create.h"
#include "api/problems.h"
#include "api/routes.h"
#include "api/uploads.h"
#include "api/views.h"
#include "base/random_id.h"
#include "base/utc_text.h"
#include "http/form.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

using http::Problem;
using http::Request;
using http::Response;

// The photo, as the raw body or as the part "image" of a form.
http::asio::awaitable<std::expected<http::SpoolFile, Problem>> receive_photo(const ApiParts& parts,
                                                                             const Request& request,
                                                                             http::Body& body) {
  const auto form_of_upload = upload_form(request);
  if (!form_of_upload) co_return std::unexpected(form_of_upload.error());
  if (*form_of_upload == UploadForm::kBytes) co_return co_await http::spool_body(body, parts.spool);
  http::FormRules rules;
  rules.files = {"image"};
  auto form = co_await http::read_form(request, body, rules, parts.spool);
  if (!form) co_return std::unexpected(form.error());
  http::FormFile* photo = form->file("image");
  if (photo == nullptr)
    co_return std::unexpected(Problem{400, "part-missing", "the form has no file 'image'"});
  co_return std::move(photo->file);
}

Response created(const SessionRecord& session) {
  const Json json{{"sessionId", session.id.text()},
                  {"width", session.width},
                  {"height", session.height},
                  {"expiresAt", utc_text(session.expires_at)}};
  return http::json_response(201, json.dump(), {{"Location", "/v1/sessions/" + session.id.text()}});
}

}  // namespace

http::Route create_session_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body& body) -> http::asio::awaitable<Response> {
    const auto owner = parts.access.owner(request);
    if (!owner) co_return http::problem_response(owner.error());
    auto photo = co_await receive_photo(parts, request, body);
    if (!photo) co_return http::problem_response(photo.error());
    const auto work = [&] {
      return create_session(parts, *owner, *SessionId::from(random_id()), *photo);
    };
    const auto session = co_await parts.workers.run(work);
    if (!session) co_return http::problem_response(session.error());
    co_return created(*session);
  };
  return {"POST", "/v1/sessions", handler, parts.config.uploads.most_bytes + 64 * 1024};
}

http::Route read_session_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body&) -> http::asio::awaitable<Response> {
    const auto owner = parts.access.owner(request);
    if (!owner) co_return http::problem_response(owner.error());
    const auto id = SessionId::from(request.part("id"));
    if (!id) co_return http::problem_response(no_session());
    const auto work = [&] { return find_session(parts, *owner, *id); };
    const auto session = co_await parts.workers.run(work);
    if (!session) co_return http::problem_response(session.error());
    co_return http::json_response(200, session_view(*session), {{"Cache-Control", "no-store"}});
  };
  return {"GET", "/v1/sessions/{id}", handler};
}

}  // namespace pawfect
