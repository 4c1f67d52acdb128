// POST /v1/sessions/{id}/fills, POST /v1/fills
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "api/create.h"
#include "api/problems.h"
#include "api/routes.h"
#include "api/uploads.h"
#include "http/form.h"

namespace pawfect {
namespace {

using http::Problem;
using http::Request;
using http::Response;

constexpr std::size_t kMostKeyBytes = 255;
constexpr std::uint64_t kFormBytes = 128 * 1024;  // of a form beyond its pictures

std::expected<std::string, Problem> idempotency_key(const Request& request) {
  constexpr std::string_view kName = "idempotency-key";
  const auto count =
      std::ranges::count(request.headers, kName, &std::pair<std::string, std::string>::first);
  if (count == 0) return "";
  const std::string_view key = request.header(kName);
  const bool is_visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7f; });
  if (count > 1 || key.empty() || key.size() > kMostKeyBytes || !is_visible) {
    return std::unexpected(Problem{
        400, "bad-key",
        fmt::format("Idempotency-Key: 1 to {} visible ASCII characters are one", kMostKeyBytes)});
  }
  return std::string(key);
}

std::unexpected<Problem> bad_option(const Error& error) {
  return std::unexpected(Problem{400, "bad-option", error.message});
}

// From the query and the form: `options`, a JSON object, and one field each, which goes over it.
std::expected<FillOptions, Problem> read_options(http::Texts fields, const http::Texts& query,
                                                 const FillBounds& bounds) {
  fields.insert(fields.end(), query.begin(), query.end());
  FillOptions options;
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    const bool is_twice = std::any_of(
        fields.begin(), field, [&](const auto& other) { return other.first == field->first; });
    if (is_twice)
      return bad_option({ErrorCode::kBadInput, "an option is given twice; give each once"});
  }
  for (const auto& [name, value] : fields) {
    if (name != "options") continue;
    auto parsed = parse_fill_options(value, bounds);
    if (!parsed) return bad_option(parsed.error());
    options = std::move(*parsed);
  }
  for (const auto& [name, value] : fields) {
    if (name == "options") continue;
    if (const auto set = set_fill_option(options, name, value, bounds); !set)
      return bad_option(set.error());
  }
  return options;
}

FillBounds bounds_of(const ApiParts& parts) {
  return {parts.config.worker.most_steps, parts.config.worker.engine};
}

enum class Wants { kMask, kBoth };

http::asio::awaitable<std::expected<FillRequestBody, Problem>> receive(const ApiParts& parts,
                                                                       const Request& request,
                                                                       http::Body& body,
                                                                       Wants wants) {
  const auto form_of_upload = upload_form(request);
  if (!form_of_upload) co_return std::unexpected(form_of_upload.error());
  if (wants == Wants::kMask && *form_of_upload == UploadForm::kBytes) {
    auto options = read_options({}, request.query, bounds_of(parts));
    if (!options) co_return std::unexpected(options.error());
    auto mask = co_await http::spool_body(body, parts.spool);
    if (!mask) co_return std::unexpected(mask.error());
    co_return FillRequestBody{std::nullopt, std::move(*mask), std::move(*options)};
  }
  http::FormRules rules;
  rules.files = {"mask"};
  if (wants == Wants::kBoth) rules.files.emplace_back("image");
  auto form = co_await http::read_form(request, body, rules, parts.spool);
  if (!form) co_return std::unexpected(form.error());
  for (const std::string& name : rules.files) {
    if (form->file(name) == nullptr) {
      co_return std::unexpected(
          Problem{400, "part-missing", fmt::format("the form has no file '{}'", name)});
    }
  }
  auto options = read_options(form->fields, request.query, bounds_of(parts));
  if (!options) co_return std::unexpected(options.error());
  FillRequestBody received{std::nullopt, std::move(form->file("mask")->file), std::move(*options)};
  if (wants == Wants::kBoth) received.photo = std::move(form->file("image")->file);
  co_return received;
}

http::asio::awaitable<Response> accept(const ApiParts& parts, const Request& request,
                                       http::Body& body, std::optional<SessionId> session) {
  const auto owner = parts.access.owner(request);
  if (!owner) co_return http::problem_response(owner.error());
  const auto key = idempotency_key(request);
  if (!key) co_return http::problem_response(key.error());
  auto received = co_await receive(parts, request, body, session ? Wants::kMask : Wants::kBoth);
  if (!received) co_return http::problem_response(received.error());
  const auto work = [&] {
    return accept_fill(parts, *owner, request.path, *key, session, *received);
  };
  const auto accepted = co_await parts.workers.run(work);
  if (!accepted) co_return http::problem_response(accepted.error());
  http::Texts headers{{"Location", "/v1/jobs/" + accepted->job}};
  if (accepted->is_replayed) headers.emplace_back("Idempotency-Replayed", "true");
  co_return http::json_response(202, accepted->answer, std::move(headers));
}

}  // namespace

http::Route create_fill_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body& body) -> http::asio::awaitable<Response> {
    const auto id = SessionId::from(request.part("id"));
    if (!id) co_return http::problem_response(no_session());
    co_return co_await accept(parts, request, body, *id);
  };
  return {"POST", "/v1/sessions/{id}/fills", handler, parts.config.uploads.most_bytes + kFormBytes};
}

http::Route create_both_route(ApiParts& parts) {
  const auto handler = [&parts](const Request& request,
                                http::Body& body) -> http::asio::awaitable<Response> {
    co_return co_await accept(parts, request, body, std::nullopt);
  };
  return {"POST", "/v1/fills", handler, 2 * parts.config.uploads.most_bytes + kFormBytes};
}

}  // namespace pawfect
