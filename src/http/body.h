// RequestBody: the Body of a connection's present request. Lives as long as the request; belongs to
// the network thread.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>

#include "http/exchange.h"
#include "http/server.h"

namespace pawfect::http {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

class RequestBody : public Body {
 public:
  // All references outlive this; the parser has read the head.
  RequestBody(boost::beast::tcp_stream& stream, boost::beast::flat_buffer& buffer,
              RequestParser& parser, const ServerLimits& limits)
      : stream_(stream), buffer_(buffer), parser_(parser), limits_(limits) {}

  // The route's; larger is 413. `wants_continue`: the client waits for a word before it sends.
  void expect(std::uint64_t most_bytes, bool wants_continue) {
    most_bytes_ = most_bytes;
    wants_continue_ = wants_continue;
  }

  asio::awaitable<std::expected<std::size_t, Problem>> read(std::span<std::byte> room) override;

  std::uint64_t received() const { return received_; }
  bool is_over() const { return parser_.is_done(); }
  // Nothing was asked of the client yet, and it sends nothing unasked.
  bool is_untouched() const { return wants_continue_; }

 private:
  using Steady = std::chrono::steady_clock;

  bool is_too_slow() const;

  boost::beast::tcp_stream& stream_;
  boost::beast::flat_buffer& buffer_;
  RequestParser& parser_;
  const ServerLimits& limits_;
  std::uint64_t most_bytes_ = 0;
  std::uint64_t received_ = 0;
  bool wants_continue_ = false;
  Steady::time_point begin_ = Steady::now();
};

// 413 with the limit in it.
Problem too_large(std::uint64_t most_bytes);

}  // namespace pawfect::http
