#include "http/head.h"

#include <fmt/format.h>

#include <boost/beast/core/string.hpp>
#include <string>
#include <utility>

#include "http/field_text.h"
#include "http/target.h"

namespace pawfect::http {
namespace {

namespace beast = boost::beast;
using Field = beast::http::field;

std::optional<Problem> bad(std::string_view detail) {
  return Problem{400, "bad-request", std::string(detail)};
}

bool is_one_with_blanks(std::string_view line) {
  // METHOD SP TARGET SP VERSION
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  return second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos ||
         line.find('\t') != std::string_view::npos;
}

}  // namespace

std::optional<Problem> check_raw_head(std::string_view raw) {
  if (raw.find('\0') != std::string_view::npos) return bad("the head has a NUL");
  bool is_first = true;
  while (!raw.empty()) {
    const std::size_t end = raw.find("\r\n");
    const std::string_view line = raw.substr(0, end);
    if (end == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos)
      return bad("a line of the head does not end in CR LF");
    if (!is_first && (line.starts_with(' ') || line.starts_with('\t')))
      return bad("a line of the head is folded");
    if (is_first && is_one_with_blanks(line))
      return bad("the request line is not METHOD TARGET VERSION with one blank between");
    is_first = false;
    raw.remove_prefix(end + 2);
  }
  return std::nullopt;
}

std::optional<Problem> check_fields(const RequestHead& head) {
  if (std::distance(head.begin(), head.end()) > std::ptrdiff_t(kMostHeaders))
    return Problem{431, "head-too-large", fmt::format("more than {} header fields", kMostHeaders)};
  const std::size_t hosts = head.count(Field::host);
  if (hosts > 1 || (hosts == 0 && head.version() == 11))
    return bad("the request has no Host, or several");
  const std::size_t lengths = head.count(Field::content_length);
  const std::size_t codings = head.count(Field::transfer_encoding);
  if (lengths > 1 || codings > 1 || (lengths == 1 && codings == 1))
    return bad("the length of the body is said in more than one way");
  if (lengths == 1 && !whole_number(head[Field::content_length]))
    return bad("Content-Length is no whole number");
  if (codings == 1) {
    if (head.version() == 10) return bad("an HTTP/1.0 request cannot be chunked");
    if (lower(head[Field::transfer_encoding]) != "chunked")
      return Problem{501, "transfer-coding", "the only transfer coding here is chunked"};
  }
  const std::string expected = lower(head[Field::expect]);
  if (!expected.empty() && expected != "100-continue")
    return Problem{417, "expectation", "the only expectation met here is 100-continue"};
  return std::nullopt;
}

std::expected<Request, Problem> make_request(const RequestHead& head) {
  auto target = parse_target(head.target());
  if (!target) return std::unexpected(std::move(target.error()));
  Request request;
  request.method = head.method_string();
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  for (const auto& field : head) {
    // Only GET has ranges (RFC 9110, 14.2), and handlers take HEAD for one.
    if (head.method() == beast::http::verb::head && field.name() == Field::range) continue;
    request.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
  }
  request.content_length = whole_number(head[Field::content_length]);
  request.has_body =
      head.count(Field::transfer_encoding) == 1 || request.content_length.value_or(0) > 0;
  return request;
}

}  // namespace pawfect::http
