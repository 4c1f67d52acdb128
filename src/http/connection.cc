#include "http/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
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
// For the client to read an answer that came before all of its request was read.
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kMostLingerBytes = 1 << 20;
constexpr std::chrono::milliseconds kTurnAwayTime{300};
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view view(const beast::flat_buffer& buffer) {
  const auto bytes = buffer.data();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

Response bug_response() {
  return problem_response(
      {500, "bug", "the server made a mistake; it is in its log. Trying again may help"});
}

bool is_stream(const Response& response) {
  return std::holds_alternative<EventStream>(response.body);
}

// The next piece of a stream, or what was thrown instead.
struct Piece {
  std::optional<std::string> text = {};
  std::exception_ptr failure = {};
};

// An operation that throws would not end the wait for one of two.
asio::awaitable<Piece> next_piece(const EventStream& events) {
  Piece piece;
  try {
    piece.text = co_await events.next();
  } catch (...) {
    piece.failure = std::current_exception();
  }
  co_return piece;
}

// Counts an event stream for as long as it is open.
class StreamPlace {
 public:
  explicit StreamPlace(std::atomic<int>& open) : open_(open) { ++open_; }
  ~StreamPlace() { --open_; }
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;

 private:
  std::atomic<int>& open_;
};

}  // namespace

void Shared::tell_failure(const std::exception_ptr& failure) const {
  if (!setup.failed) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    setup.failed(error.what());
  } catch (...) {
    setup.failed("something that is no std::exception was thrown");
  }
}

Connection::Connection(tcp::socket socket, std::string peer, Shared& shared)
    : socket_(std::move(socket)),
      buffer_(shared.setup.limits.most_head_bytes + kReadPiece),
      peer_(std::move(peer)),
      shared_(shared) {
  beast::error_code ignored;
  socket_.socket().set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<void> Connection::serve() {
  try {
    bool is_first = true;
    while (co_await answer_one(is_first)) is_first = false;
  } catch (...) {
    shared_.tell_failure(std::current_exception());
  }
  close();
}

asio::awaitable<void> Connection::turn_away() {
  Problem problem{503, "too-many-connections",
                  "the server has all the connections that it can; try again", 5};
  co_await refuse(std::move(problem), kTurnAwayTime);
}

void Connection::close() { socket_.close(); }

void Connection::close_if_idle() {
  if (is_idle_) close();
}

asio::awaitable<Connection::HeadRead> Connection::read_head(RequestParser& parser, bool is_first) {
  const ServerLimits& limits = shared_.setup.limits;
  is_idle_ = buffer_.size() == 0;
  socket_.expires_after(is_first || !is_idle_ ? limits.head_time : limits.idle_time);
  std::size_t end = std::string_view::npos;
  std::size_t searched = 0;
  while (true) {
    // An empty line before a request is passed over (RFC 9112, 2.2).
    if (searched == 0 && view(buffer_).starts_with("\r\n")) buffer_.consume(2);
    end = view(buffer_).find(kHeadEnd, searched);
    if (end != std::string_view::npos) break;
    if (buffer_.size() >= limits.most_head_bytes) break;
    searched = buffer_.size() - std::min(buffer_.size(), kHeadEnd.size() - 1);
    const auto space = buffer_.prepare(kReadPiece);
    const std::span<char> room(static_cast<char*>(space.data()), space.size());
    const Transfer got = co_await socket_.read_some(room);
    if (got.error == asio::error::timed_out && !is_idle_) {
      Problem problem{408, "too-slow", "the head of the request comes too slowly"};
      co_await refuse(std::move(problem), kLingerTime);
      co_return HeadRead::kRefused;
    }
    if (got.error) co_return HeadRead::kClosed;
    buffer_.commit(got.count);
    if (is_idle_ && !is_first) socket_.expires_after(limits.head_time);
    is_idle_ = false;
  }
  is_idle_ = false;
  if (end == std::string_view::npos || end + kHeadEnd.size() > limits.most_head_bytes) {
    Problem problem{431, "head-too-large",
                    fmt::format("the head has more than {} bytes", limits.most_head_bytes)};
    co_await refuse(std::move(problem), kLingerTime);
    co_return HeadRead::kRefused;
  }
  const std::string_view raw = view(buffer_).substr(0, end + kHeadEnd.size());
  auto problem = check_raw_head(raw.substr(0, raw.size() - 2));
  if (!problem) {
    beast::error_code error;
    const std::size_t used = parser.put(asio::buffer(raw.data(), raw.size()), error);
    if (!error && parser.is_header_done()) {
      buffer_.consume(used);
      co_return HeadRead::kThere;
    }
    problem = Problem{400, "bad-request", fmt::format("the head is wrong ({})", error.message())};
  }
  co_await refuse(std::move(*problem), kLingerTime);
  co_return HeadRead::kRefused;
}

asio::awaitable<bool> Connection::answer_one(bool is_first) {
  RequestParser parser;
  parser.header_limit(static_cast<std::uint32_t>(shared_.setup.limits.most_head_bytes));
  parser.body_limit(boost::none);
  if (co_await read_head(parser, is_first) != HeadRead::kThere) co_return false;
  const auto begin = Steady::now();
  sent_ = 0;
  const auto& head = parser.get();
  auto wrong = check_fields(head);
  auto request = make_request(head);
  if (!wrong && !request) wrong = std::move(request.error());
  if (wrong) {
    co_await refuse(std::move(*wrong), kLingerTime);
    co_return false;
  }
  // Now, because fields behind a chunked body come to those of the head.
  const bool wants_more = head.version() == 11 && head.keep_alive();
  Manner manner;
  manner.is_old = head.version() == 10;
  manner.is_head = request->method == "HEAD";
  const std::string method = request->method;
  if (manner.is_head) request->method = "GET";
  request->peer = peer_;
  RequestBody body(socket_, buffer_, parser, shared_.setup.limits);
  const Route* route = nullptr;
  Response response = co_await answer_for(*request, body, route);
  if (is_stream(response) && !manner.is_head &&
      shared_.event_streams >= shared_.setup.limits.most_event_streams) {
    response = problem_response(
        {503, "too-many-streams", "too many event streams are open; ask for the status", 5});
  }
  const int status = response.status;
  const bool goes_on = !is_stream(response) && wants_more && body.is_over() &&
                       !shared_.is_stopping && !says_close(response);
  if (goes_on) manner.afterwards = Afterwards::kKeepAlive;
  const bool is_sent = co_await send(std::move(response), manner);
  if (shared_.setup.sent) {
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    const std::string_view name = route == nullptr ? std::string_view() : route->name;
    shared_.setup.sent({name, method, status, seconds, body.received(), sent_});
  }
  beast::error_code ignored;
  const bool says_more =
      !body.is_over() || buffer_.size() > 0 || socket_.socket().available(ignored) > 0;
  if (is_sent && !goes_on && says_more)
    co_await socket_.close_gently(kLingerTime, kMostLingerBytes);
  const bool is_open = is_sent && goes_on;
  co_return is_open;
}

asio::awaitable<Response> Connection::answer_for(Request& request, RequestBody& body,
                                                 const Route*& route) {
  Response response;
  try {
    response = co_await find_answer(request, body, route);
    if (shared_.setup.finish) shared_.setup.finish(request, response);
  } catch (...) {
    shared_.tell_failure(std::current_exception());
    response = bug_response();
  }
  co_return response;
}

asio::awaitable<Response> Connection::find_answer(Request& request, RequestBody& body,
                                                  const Route*& route) {
  if (shared_.setup.guard) {
    auto answer = shared_.setup.guard(request);
    if (answer) co_return std::move(*answer);
  }
  Router::Found found = shared_.router.find(request.method, request.path);
  if (found.route == nullptr && found.allowed.empty())
    co_return problem_response({404, "not-found", "there is nothing at this address"});
  if (found.route == nullptr) {
    Response answer{204};
    if (request.method != "OPTIONS")
      answer =
          problem_response({405, "method", fmt::format("this address takes {}", found.allowed)});
    answer.headers.emplace_back("Allow", found.allowed);
    co_return answer;
  }
  route = found.route;
  request.parts = std::move(found.parts);
  const bool is_too_large = request.content_length.value_or(0) > route->most_body_bytes;
  if (is_too_large || (request.has_body && route->most_body_bytes == 0))
    co_return problem_response(too_large(route->most_body_bytes));
  body.limit(route->most_body_bytes);
  co_return co_await route->handler(request, body);
}

asio::awaitable<bool> Connection::write(std::string_view text) {
  while (!text.empty()) {
    socket_.expires_after(shared_.setup.limits.send_piece_time);
    const Transfer sent = co_await socket_.write_some(text);
    if (sent.error) co_return false;
    text.remove_prefix(sent.count);
    sent_ += sent.count;
  }
  co_return true;
}

asio::awaitable<bool> Connection::send(Response response, Manner manner) {
  const auto* events = std::get_if<EventStream>(&response.body);
  std::string head = answer_head(response, shared_.setup.headers, manner.afterwards);
  if (const auto length = answer_length(response))
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *length);
  if (events != nullptr && !manner.is_old) head += "Transfer-Encoding: chunked\r\n";
  head += "\r\n";
  const auto* text = std::get_if<std::string>(&response.body);
  if (text != nullptr && !manner.is_head) head += *text;
  const bool is_sent = co_await write(head);
  if (!is_sent || manner.is_head) co_return is_sent;
  if (events != nullptr) co_return co_await send_events(*events, manner);
  const auto* file = std::get_if<FilePart>(&response.body);
  if (file != nullptr) co_return co_await send_file(*file);
  co_return true;
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
  co_await (socket_.socket().async_wait(tcp::socket::wait_read, kAwait) ||
            shared_.stop.async_wait(kAwait));
  if (shared_.is_stopping) co_return;
  char byte = 0;
  const ssize_t count = recv(socket_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const bool is_gone = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
  if (is_gone) co_return;
  // He says something while he listens; it is heard when the stream is over.
  co_await shared_.stop.async_wait(kAwait);
}

asio::awaitable<bool> Connection::send_events(const EventStream& events, Manner manner) {
  using asio::experimental::awaitable_operators::operator||;
  const StreamPlace place(shared_.event_streams);
  const auto framed = [&manner](std::string_view text) {
    return manner.is_old ? std::string(text) : fmt::format("{:x}\r\n{}\r\n", text.size(), text);
  };
  while (!shared_.is_stopping) {
    auto first = co_await (next_piece(events) || wait_for_the_end());
    if (first.index() == 1) break;
    const Piece& piece = std::get<0>(first);
    if (piece.failure) {
      shared_.tell_failure(piece.failure);
      co_return false;
    }
    if (!piece.text) break;
    if (piece.text->empty()) continue;
    const std::string framed_text = framed(*piece.text);
    const bool is_sent = co_await write(framed_text);
    if (!is_sent) co_return false;
  }
  std::string end;
  if (shared_.is_stopping) end = framed("event: bye\ndata: {}\n\n");
  if (!manner.is_old) end += "0\r\n\r\n";
  co_return co_await write(end);
}

asio::awaitable<void> Connection::refuse(Problem problem, std::chrono::milliseconds linger) {
  Response response = problem_response(problem);
  sent_ = 0;
  const bool is_sent = co_await send(std::move(response), Manner());
  if (shared_.setup.sent) shared_.setup.sent({"", "", problem.status, 0, 0, sent_});
  if (is_sent) co_await socket_.close_gently(linger, kMostLingerBytes);
}

}  // namespace pawfect::http
