#include "labeler/label_routes.h"

#include <array>
#include <cstddef>
#include <span>

#include "jobs/job_message.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr int kRetryAfterS = 5;

using http::Problem;
using http::problem_response;

http::asio::awaitable<std::expected<std::string, Problem>> read_body(http::Body& body) {
  std::string text;
  std::array<std::byte, 1024> room{};
  while (true) {
    const auto got = co_await body.read(room);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return text;
    // The server holds bodies to the route's limit; this one holds whatever the server does.
    if (text.size() + *got > LabelRequest::kMostBytes) {
      co_return std::unexpected(Problem{413, "too-large", "allowed are at most 4096 bytes"});
    }
    text.append(reinterpret_cast<const char*>(room.data()), *got);
  }
}

http::asio::awaitable<http::Response> answer(LabelService* service, const http::Request& request,
                                             http::Body& body) {
  if (service == nullptr) {
    co_return problem_response(
        {503, "no-model", "this labeler has no model; set [labeler] stand_in for a test"});
  }
  if (!request.header("content-type").starts_with("application/json")) {
    co_return problem_response(
        {415, "unsupported-type", "Content-Type: allowed is application/json"});
  }
  const auto text = co_await read_body(body);
  if (!text) co_return problem_response(text.error());
  const Result<LabelRequest> asked = parse_label_request(*text);
  if (!asked) co_return problem_response({400, "bad-request", asked.error().message});

  if (service->put(asked->session, asked->photo) == LabelService::Put::kFull) {
    co_return problem_response(
        {503, "queue-full", "too many photos wait to be looked at; try again later", kRetryAfterS});
  }
  co_return http::json_response(202, R"({"accepted":true})");
}

}  // namespace

Result<LabelRequest> parse_label_request(std::string_view text) {
  const Result<Json> json = parse_object(text, "label request", {LabelRequest::kMostBytes, 2});
  if (!json) return std::unexpected(json.error());
  Fields fields(*json, "label request");
  LabelRequest request;
  request.session = fields.made("sessionId", SessionId::from, SessionId::kAllowed);
  request.photo = fields.made("image", blob_name, "the name of a blob");
  for (const auto& [name, value] : json->items()) {
    if (name != "sessionId" && name != "image")
      fields.refuse(shown(name), shown(value), "only sessionId and image");
  }
  if (auto good = fields.verdict(); !good) return std::unexpected(good.error());
  return request;
}

std::string to_text(const LabelRequest& request) {
  return Json{{"sessionId", request.session.text()}, {"image", request.photo}}.dump();
}

http::Route label_route(LabelService* service) {
  return {.method = "POST",
          .pattern = "/v1/labels",
          .handler = [service](const http::Request& request,
                               http::Body& body) { return answer(service, request, body); },
          .most_body_bytes = LabelRequest::kMostBytes};
}

}  // namespace pawfect
