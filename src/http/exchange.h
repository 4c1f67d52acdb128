// One request and its answer, as the handlers see them. Everything here runs on the server's one
// network thread, so a handler must not block it: work that waits for a disk, a store or a child
// goes through Workers::run. All limits are the server's (http/server.h).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/file_descriptor.h"
#include "http/problem.h"

namespace pawfect::http {

namespace asio = boost::asio;

using Texts = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"; a HEAD request comes as GET, and its answer's body is not sent
  std::string path;    // without the query, percent signs resolved, no "." or ".." in it
  Texts query;
  Texts headers;     // names in lower case
  Texts parts;       // of the path, as the route's pattern names them: {"id", "..."}
  std::string peer;  // address without port
  std::optional<std::uint64_t> content_length = {};  // of the body; empty: chunked
  bool has_body = false;

  // Empty when it is not there; the first when it is there twice.
  std::string_view header(std::string_view lower_case_name) const;
  std::string_view part(std::string_view name) const;
  std::optional<std::string> query_value(std::string_view name) const;
};

// The request's body, pulled by the handler. What is not pulled is not read, and the connection is
// closed after the answer. The first read sends "100 Continue" to a client that waits for it.
class Body {
 public:
  virtual ~Body() = default;

  // Fills up to `room` bytes and returns how many; 0 at the end. Problems: 413 over the route's
  // limit, 408 too slow, 400 broken off or wrongly chunked.
  virtual asio::awaitable<std::expected<std::size_t, Problem>> read(std::span<std::byte> room) = 0;
};

// A piece of an open file.
struct FilePart {
  std::shared_ptr<FileDescriptor> file;
  std::uint64_t offset = 0, length = 0;
};

// text/event-stream: `next` is awaited for the next piece, already in the stream's form, until it
// returns nothing. It should return a comment line now and then, so that a dead client is noticed.
struct EventStream {
  std::function<asio::awaitable<std::optional<std::string>>()> next;
};

struct Response {
  int status = 200;
  Texts headers = {};
  std::variant<std::monostate, std::string, FilePart, EventStream> body = {};
};

Response json_response(int status, std::string text, Texts headers = {});
Response problem_response(const Problem& problem);

// May throw for bugs: the client gets a 500 and the log what it was.
using Handler = std::function<asio::awaitable<Response>(const Request&, Body&)>;

struct Route {
  std::string method;   // "POST"
  std::string pattern;  // "/v1/jobs/{id}/result": a name in braces stands for one part of the path
  Handler handler;
  std::uint64_t most_body_bytes = 0;  // 0: a body is refused
  std::string name = {};              // for the metrics; the pattern when empty
};

}  // namespace pawfect::http
