// RequestBody: the Body of a connection's present request. Lives as long as the request; belongs to
// the network thread.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>

#include "http/exchange.h"
#include "http/server.h"
#include "http/timed_socket.h"

namespace pawfect::http {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

class RequestBody : public Body {
 public:
  // All references outlive this; the parser has read the head.
  RequestBody(TimedSocket& socket, boost::beast::flat_buffer& buffer, RequestParser& parser,
              const ServerLimits& limits);

  // The route's; larger is 413. Nothing is allowed before.
  void limit(std::uint64_t most_bytes) { most_bytes_ = most_bytes; }

  asio::awaitable<std::expected<std::size_t, Problem>> read(std::span<std::byte> room) override;

  std::uint64_t received() const { return received_; }
  bool is_over() const { return is_chunked_ ? parser_.is_done() : left_ == 0; }

 private:
  using Steady = std::chrono::steady_clock;
  using Count = std::expected<std::size_t, Problem>;

  asio::awaitable<Count> read_plain(std::span<std::byte> room);
  asio::awaitable<Count> read_chunked(std::span<std::byte> room);
  // More from the socket.
  asio::awaitable<Count> receive(std::span<char> room);
  bool is_too_slow() const;

  TimedSocket& socket_;
  boost::beast::flat_buffer& buffer_;
  RequestParser& parser_;
  const ServerLimits& limits_;
  const bool is_chunked_;
  std::uint64_t left_ = 0;  // when it is not chunked
  std::uint64_t most_bytes_ = 0;
  std::uint64_t received_ = 0;
  bool wants_continue_;         // the client waits for a word before it sends
  Steady::duration waited_{0};  // for the client; what the handler does in between is not his fault
};

// 413 with the limit in it.
Problem too_large(std::uint64_t most_bytes);

}  // namespace pawfect::http
