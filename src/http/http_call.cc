#include "http/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "http/timed_socket.h"

namespace pawfect::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;
using tcp = asio::ip::tcp;
using Answer = std::expected<CallAnswer, CallFailure>;
using Endpoints = std::expected<std::vector<tcp::endpoint>, CallFailure>;
using Steady = std::chrono::steady_clock;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMostHeadBytes = 8 * 1024;
constexpr std::size_t kPiece = 8 * 1024;
constexpr std::size_t kMostEndpoints = 4;  // that are tried, of those that a name has

// A look-up cannot be ended, only left alone: its thread keeps this until it comes back.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), over(executor) {}

  tcp::resolver resolver;
  asio::steady_timer over;
  bool is_done = false;
  std::vector<tcp::endpoint> found;
};

asio::awaitable<Endpoints> find_host(const CallAddress& address, Steady::time_point deadline) {
  boost::system::error_code is_name;
  const auto number = asio::ip::make_address(address.host, is_name);
  if (!is_name) {
    std::vector<tcp::endpoint> one(1, tcp::endpoint(number, address.port));
    co_return one;
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto look_up = std::make_shared<LookUp>(executor);
  look_up->over.expires_at(deadline);
  look_up->resolver.async_resolve(
      address.host, std::to_string(address.port),
      [look_up](boost::system::error_code failed, const tcp::resolver::results_type& results) {
        look_up->is_done = true;
        if (!failed) {
          for (const auto& entry : results) look_up->found.push_back(entry.endpoint());
        }
        look_up->over.cancel();
      });
  co_await look_up->over.async_wait(kAwait);
  if (!look_up->is_done) co_return std::unexpected(CallFailure::kTimeout);
  if (look_up->found.empty()) co_return std::unexpected(CallFailure::kUnknownHost);
  look_up->found.resize(std::min(look_up->found.size(), kMostEndpoints));
  co_return look_up->found;
}

CallFailure failure_of(const Transfer& transfer, CallFailure otherwise) {
  return transfer.error == asio::error::timed_out ? CallFailure::kTimeout : otherwise;
}

asio::awaitable<Answer> read_answer(TimedSocket& socket, std::size_t most_bytes) {
  beast::http::response_parser<beast::http::string_body> parser;
  parser.header_limit(kMostHeadBytes);
  parser.body_limit(most_bytes);
  parser.eager(true);
  beast::flat_buffer buffer(kMostHeadBytes + kPiece);
  while (!parser.is_done()) {
    const std::size_t free = buffer.max_size() - buffer.size();
    if (free == 0) co_return std::unexpected(CallFailure::kGarbage);
    const auto space = buffer.prepare(std::min(free, kPiece));
    const std::span<char> room(static_cast<char*>(space.data()), space.size());
    const Transfer got = co_await socket.read_some(room);
    beast::error_code wrong;
    if (got.error == asio::error::eof && parser.is_header_done()) {
      parser.put_eof(wrong);  // the end of an answer that has no length
      if (wrong) co_return std::unexpected(CallFailure::kReset);
      continue;
    }
    if (got.error) co_return std::unexpected(failure_of(got, CallFailure::kReset));
    buffer.commit(got.count);
    buffer.consume(parser.put(buffer.data(), wrong));
    if (wrong == error::body_limit || wrong == error::header_limit)
      co_return std::unexpected(CallFailure::kTooLarge);
    if (wrong && wrong != error::need_more) co_return std::unexpected(CallFailure::kGarbage);
  }
  const int status = static_cast<int>(parser.get().result_int());
  if (status < 200) co_return std::unexpected(CallFailure::kGarbage);
  CallAnswer answer{status, std::move(parser.get().body())};
  co_return answer;
}

}  // namespace

std::string_view word(CallFailure failure) {
  switch (failure) {
    case CallFailure::kUnknownHost:
      return "unknown-host";
    case CallFailure::kRefused:
      return "refused";
    case CallFailure::kTimeout:
      return "timeout";
    case CallFailure::kReset:
      return "reset";
    case CallFailure::kGarbage:
      return "garbage";
    case CallFailure::kTooLarge:
      return "too-large";
  }
  return "failed";
}

asio::awaitable<Answer> post_json(CallAddress address, std::string path, std::string body,
                                  CallLimits limits) {
  const auto deadline = Steady::now() + limits.total;
  const Endpoints endpoints = co_await find_host(address, deadline);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  const auto executor = co_await asio::this_coro::executor;
  const std::string request = fmt::format(
      "POST {}{} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n"
      "Accept: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      address.base, path, address.authority(), body.size(), body);
  CallFailure failure = CallFailure::kRefused;
  for (const tcp::endpoint& endpoint : *endpoints) {
    TimedSocket socket{tcp::socket(executor)};
    socket.expires_at(deadline);
    const Transfer connected = co_await socket.connect(endpoint);
    failure = failure_of(connected, CallFailure::kRefused);
    if (failure == CallFailure::kTimeout) break;
    if (connected.error) continue;
    std::string_view rest = request;
    while (!rest.empty()) {
      const Transfer sent = co_await socket.write_some(rest);
      if (sent.error) co_return std::unexpected(failure_of(sent, CallFailure::kReset));
      rest.remove_prefix(sent.count);
    }
    co_return co_await read_answer(socket, limits.most_answer_bytes);
  }
  co_return std::unexpected(failure);
}

}  // namespace pawfect::http
