#include "http/connection.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <cerrno>
#include <utility>

#include "http/head.h"

namespace pawfect::http {
namespace {

namespace beast = boost::beast;
using tcp = asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadPiece = 4096;
constexpr std::size_t kFilePiece = 64 * 1024;
// After an answer that came before the body was read: without it the client might get a reset
// instead of the answer.
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kMostLingerBytes = 1 << 20;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view view(const beast::flat_buffer& buffer) {
  const auto bytes = buffer.data();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

bool says_close(const Response& response) {
  return std::ranges::any_of(response.headers, [](const auto& header) {
    return header.first == "Connection" && header.second == "close";
  });
}

void add_header(std::string& head, std::string_view name, std::string_view value) {
  // A value from outside must not begin a line of its own.
  std::string clean(value);
  std::erase_if(clean, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, clean);
}

std::string head_of(const Response& response, const Texts& always, bool keep_alive) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", response.status,
                  status_title(response.status), fmt::gmtime(std::time(nullptr)));
  for (const auto& [name, value] : response.headers) add_header(head, name, value);
  for (const auto& [name, value] : always) {
    const bool is_there = std::ranges::any_of(
        response.headers, [&name = name](const auto& header) { return header.first == name; });
    if (!is_there) add_header(head, name, value);
  }
  if (!keep_alive && !says_close(response)) head += "Connection: close\r\n";
  return head;
}

bool may_have_length(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

Connection::Connection(tcp::socket socket, std::string peer, Shared& shared)
    : stream_(std::move(socket)),
      buffer_(shared.setup.limits.most_head_bytes + kReadPiece),
      peer_(std::move(peer)),
      shared_(shared) {
  beast::error_code ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<void> Connection::serve() {
  bool is_first = true;
  while (co_await answer_one(is_first)) is_first = false;
  close();
}

void Connection::close() {
  beast::error_code ignored;
  stream_.socket().close(ignored);
}

void Connection::close_if_idle() {
  if (is_idle_) close();
}

asio::awaitable<Connection::HeadRead> Connection::read_head(RequestParser& parser, bool is_first) {
  const ServerLimits& limits = shared_.setup.limits;
  is_idle_ = view(buffer_).empty();
  stream_.expires_after(is_first || !is_idle_ ? limits.head_time : limits.idle_time);
  std::size_t end = std::string_view::npos;
  while (true) {
    // An empty line before a request is passed over (RFC 9112, 2.2).
    if (view(buffer_).starts_with("\r\n")) buffer_.consume(2);
    end = view(buffer_).find(kHeadEnd);
    if (end != std::string_view::npos) break;
    if (buffer_.size() >= limits.most_head_bytes) {
      co_await refuse({431, "head-too-large",
                       fmt::format("the head has more than {} bytes", limits.most_head_bytes)});
      co_return HeadRead::kRefused;
    }
    const auto [error, count] =
        co_await stream_.async_read_some(buffer_.prepare(kReadPiece), kAwait);
    if (error == beast::error::timeout && !is_idle_) {
      co_await refuse({408, "too-slow", "the head of the request comes too slowly"});
      co_return HeadRead::kRefused;
    }
    if (error) co_return HeadRead::kClosed;
    buffer_.commit(count);
    if (is_idle_ && !is_first) stream_.expires_after(limits.head_time);
    is_idle_ = false;
  }
  is_idle_ = false;
  const std::string_view raw = view(buffer_).substr(0, end + kHeadEnd.size());
  if (const auto problem = check_raw_head(raw.substr(0, raw.size() - 2))) {
    co_await refuse(*problem);
    co_return HeadRead::kRefused;
  }
  beast::error_code error;
  const std::size_t used = parser.put(asio::buffer(raw.data(), raw.size()), error);
  if (error || !parser.is_header_done()) {
    co_await refuse({400, "bad-request", fmt::format("the head is none ({})", error.message())});
    co_return HeadRead::kRefused;
  }
  buffer_.consume(used);
  co_return HeadRead::kThere;
}

asio::awaitable<bool> Connection::answer_one(bool is_first) {
  RequestParser parser;
  parser.header_limit(static_cast<std::uint32_t>(shared_.setup.limits.most_head_bytes));
  parser.body_limit(boost::none);
  if (co_await read_head(parser, is_first) != HeadRead::kThere) co_return false;
  const auto begin = Steady::now();
  sent_ = 0;
  const auto& head = parser.get();
  if (const auto problem = check_fields(head)) {
    co_await refuse(*problem);
    co_return false;
  }
  auto request = make_request(head);
  if (!request) {
    co_await refuse(request.error());
    co_return false;
  }
  request->peer = peer_;
  RequestBody body(stream_, buffer_, parser, shared_.setup.limits);
  const Route* route = nullptr;
  Response response = co_await answer_for(*request, body, route);
  if (shared_.setup.finish) shared_.setup.finish(*request, response);
  const int status = response.status;
  const bool keep_alive =
      head.keep_alive() && body.is_over() && !shared_.is_stopping && !says_close(response);
  const bool is_sent = co_await send(*request, std::move(response), keep_alive, head.version());
  if (shared_.setup.sent) {
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    shared_.setup.sent({route == nullptr ? std::string_view() : route->name, request->method,
                        status, seconds, body.received(), sent_});
  }
  if (is_sent && !body.is_over()) co_await linger();
  co_return is_sent&& keep_alive;
}

asio::awaitable<Response> Connection::answer_for(Request& request, RequestBody& body,
                                                 const Route*& route) {
  if (shared_.setup.guard) {
    auto answer = shared_.setup.guard(request);
    if (answer) co_return std::move(*answer);
  }
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  Router::Found found = shared_.router.find(method, request.path);
  if (found.route == nullptr && found.allowed.empty())
    co_return problem_response({404, "not-found", "there is nothing at this address"});
  if (found.route == nullptr) {
    const bool is_asked = request.method == "OPTIONS";
    Response answer = is_asked
                          ? Response{204}
                          : problem_response({405, "method",
                                              fmt::format("this address takes {}", found.allowed)});
    answer.headers.emplace_back("Allow", found.allowed);
    co_return answer;
  }
  route = found.route;
  request.parts = std::move(found.parts);
  const bool is_too_large = request.content_length.value_or(0) > route->most_body_bytes;
  if (is_too_large || (request.has_body && route->most_body_bytes == 0))
    co_return problem_response(too_large(route->most_body_bytes));
  body.expect(route->most_body_bytes, request.has_body && !request.header("expect").empty());
  try {
    co_return co_await route->handler(request, body);
  } catch (const std::exception& error) {
    if (shared_.setup.failed) shared_.setup.failed(error.what());
  }
  co_return problem_response(
      {500, "bug", "the server made a mistake; it is in its log. Trying again may help"});
}

asio::awaitable<bool> Connection::write(std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    stream_.expires_after(shared_.setup.limits.send_piece_time);
    const auto [error, count] = co_await stream_.async_write_some(
        asio::buffer(text.data() + done, text.size() - done), kAwait);
    if (error) co_return false;
    done += count;
    sent_ += count;
  }
  co_return true;
}

asio::awaitable<bool> Connection::send(const Request& request, Response response, bool keep_alive,
                                       unsigned version) {
  const bool is_head = request.method == "HEAD";
  auto* events = std::get_if<EventStream>(&response.body);
  if (events != nullptr && !is_head) {
    if (shared_.event_streams >= shared_.setup.limits.most_event_streams) {
      response = problem_response(
          {503, "too-many-streams", "too many event streams are open; ask for the status", 5});
    } else {
      const bool is_chunked = version == 11;
      std::string head = head_of(response, shared_.setup.headers, false);
      if (is_chunked) head += "Transfer-Encoding: chunked\r\n";
      head += "\r\n";
      if (!co_await write(head)) co_return false;
      EventStream stream = std::move(*events);
      co_return co_await send_events(std::move(stream), is_chunked);
    }
  }
  std::string head = head_of(response, shared_.setup.headers, keep_alive);
  const auto* text = std::get_if<std::string>(&response.body);
  const auto* file = std::get_if<FilePart>(&response.body);
  if (may_have_length(response.status)) {
    const std::uint64_t length =
        text != nullptr ? text->size() : (file != nullptr ? file->length : 0);
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", length);
  }
  head += "\r\n";
  if (text != nullptr && !is_head) head += *text;
  if (!co_await write(head)) co_return false;
  if (file == nullptr || is_head) co_return true;
  co_return co_await send_file(*file);
}

asio::awaitable<bool> Connection::send_file(const FilePart& part) {
  std::string piece(std::min<std::uint64_t>(kFilePiece, part.length), '\0');
  std::uint64_t done = 0;
  while (done < part.length) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), part.length - done);
    const ssize_t count =
        pread(part.file->get(), piece.data(), wanted, static_cast<off_t>(part.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) co_return false;  // the client sees that it is cut off by the length
    if (!co_await write(std::string_view(piece).substr(0, std::size_t(count)))) co_return false;
    done += static_cast<std::uint64_t>(count);
  }
  co_return true;
}

// Returns when the client has gone, or the server stops.
asio::awaitable<void> Connection::wait_for_the_end() {
  using asio::experimental::awaitable_operators::operator||;
  co_await (stream_.socket().async_wait(tcp::socket::wait_read, kAwait) ||
            shared_.stop.async_wait(kAwait));
  if (shared_.is_stopping) co_return;
  char byte = 0;
  const ssize_t count = recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const bool is_gone = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
  if (is_gone) co_return;
  // He says something while he listens; it is heard when the stream is over.
  co_await shared_.stop.async_wait(kAwait);
}

asio::awaitable<bool> Connection::send_events(EventStream events, bool is_chunked) {
  using asio::experimental::awaitable_operators::operator||;
  ++shared_.event_streams;
  const auto framed = [is_chunked](std::string_view text) {
    return is_chunked ? fmt::format("{:x}\r\n{}\r\n", text.size(), text) : std::string(text);
  };
  bool goes_on = true;
  while (goes_on && !shared_.is_stopping) {
    auto first = co_await (events.next() || wait_for_the_end());
    if (first.index() == 1) break;
    const auto& text = std::get<0>(first);
    if (!text) break;
    if (!text->empty()) {
      const std::string piece = framed(*text);
      goes_on = co_await write(piece);
    }
  }
  --shared_.event_streams;
  if (!goes_on) co_return false;
  std::string end;
  if (shared_.is_stopping) end = framed("event: bye\ndata: {}\n\n");
  if (is_chunked) end += "0\r\n\r\n";
  co_return co_await write(end);
}

asio::awaitable<void> Connection::refuse(const Problem& problem) {
  Response response = problem_response(problem);
  Request nobody;
  if (shared_.setup.sent) shared_.setup.sent({"", "", problem.status, 0, 0, 0});
  const bool is_sent = co_await send(nobody, std::move(response), false, 11);
  if (is_sent) co_await linger();
}

asio::awaitable<void> Connection::linger() {
  beast::error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLingerTime);
  std::array<char, kReadPiece> rest;
  std::size_t total = 0;
  while (total < kMostLingerBytes) {
    const auto [error, count] = co_await stream_.async_read_some(asio::buffer(rest), kAwait);
    if (error) co_return;
    total += count;
  }
}

}  // namespace pawfect::http
