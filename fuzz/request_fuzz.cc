// A request's head and, if it is chunked, its body: any bytes end in one clear line, or in a
// request whose body has exactly one length; in how many pieces a chunked body comes does not
// matter.
#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/body.h"
#include "http/head.h"

namespace {

namespace http = pawfect::http;
namespace beast = boost::beast;
using beast::http::error;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void expect_line(const http::Problem& problem) {
  expect(problem.status >= 400 && problem.status < 600 && !problem.detail.empty());
  expect(problem.detail.find('\n') == std::string::npos);
}

// The head goes in as one piece, as the server gives it.
bool read_head(http::RequestParser& parser, std::string_view head) {
  parser.header_limit(16 * 1024);
  parser.body_limit(boost::none);
  beast::error_code wrong;
  parser.put(boost::asio::buffer(head.data(), head.size()), wrong);
  return !wrong && parser.is_header_done();
}

std::string read_body(std::string_view head, std::string_view wire, std::size_t piece) {
  http::RequestParser parser;
  expect(read_head(parser, head));
  std::string body, kept;
  std::array<char, 64> room{};
  while (!parser.is_done()) {
    auto& part = parser.get().body();
    part.data = room.data();
    part.size = room.size();
    part.more = true;
    beast::error_code wrong = error::need_more;
    if (!kept.empty())
      kept.erase(0, parser.put(boost::asio::buffer(kept.data(), kept.size()), wrong));
    body.append(room.data(), room.size() - part.size);
    if (!wrong || wrong == error::need_buffer) continue;
    if (wrong != error::need_more) return body + "!";
    if (wire.empty()) return body + "...";
    kept += wire.substr(0, piece);
    wire.remove_prefix(std::min(piece, wire.size()));
  }
  return body + ".";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find(kHeadEnd);
  if (end == std::string_view::npos) return 0;
  const std::string_view head = text.substr(0, end + kHeadEnd.size());
  if (const auto problem = http::check_raw_head(head.substr(0, head.size() - 2))) {
    expect_line(*problem);
    return 0;
  }
  http::RequestParser parser;
  if (!read_head(parser, head)) return 0;
  if (const auto problem = http::check_fields(parser.get())) {
    expect_line(*problem);
    return 0;
  }
  const auto request = http::make_request(parser.get());
  if (!request) {
    expect_line(request.error());
    return 0;
  }
  expect(!request->path.empty() && request->headers.size() <= http::kMostHeaders);
  const bool is_chunked = !request->header("transfer-encoding").empty();
  expect(parser.chunked() == is_chunked && !(is_chunked && request->content_length));
  if (!is_chunked) {
    expect(parser.is_done() || request->content_length.value_or(0) > 0);
    return 0;
  }
  const std::string_view wire = text.substr(head.size());
  const std::string at_once = read_body(head, wire, size);
  expect(at_once.size() <= wire.size() + 3);
  const std::string in_pieces = read_body(head, wire, 1 + size % 5);
  expect(in_pieces == at_once);
  return 0;
}
