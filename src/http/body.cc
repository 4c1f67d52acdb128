#include "http/body.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <string_view>

namespace pawfect::http {
namespace {

namespace beast = boost::beast;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kRateCountsAfter{30};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Problem too_large(std::uint64_t most_bytes) {
  if (most_bytes == 0) return {413, "too-large", "this address takes no body"};
  return {
      413, "too-large",
      fmt::format("the body is larger than {} bytes, which is what is allowed here", most_bytes)};
}

bool RequestBody::is_too_slow() const {
  const auto passed = Steady::now() - begin_;
  if (passed < kRateCountsAfter) return false;
  const double seconds = std::chrono::duration<double>(passed).count();
  return double(received_) < seconds * double(limits_.slowest_body_bytes_per_s);
}

asio::awaitable<std::expected<std::size_t, Problem>> RequestBody::read(std::span<std::byte> room) {
  if (parser_.is_done() || room.empty()) co_return std::size_t{0};
  if (wants_continue_) {
    wants_continue_ = false;
    stream_.expires_after(limits_.send_piece_time);
    const auto [error, sent] = co_await asio::async_write(
        stream_, asio::buffer(kContinue.data(), kContinue.size()), kAwait);
    if (error) co_return std::unexpected(Problem{400, "body", "the connection broke off"});
  }
  // A piece of the wire may hold a chunk's head and nothing of the body.
  std::size_t count = 0;
  while (count == 0 && !parser_.is_done()) {
    if (is_too_slow())
      co_return std::unexpected(Problem{408, "too-slow", "the body comes too slowly"});
    auto& body = parser_.get().body();
    body.data = room.data();
    body.size = room.size();
    body.more = true;
    stream_.expires_after(limits_.body_piece_time);
    auto [error, parsed] = co_await beast::http::async_read_some(stream_, buffer_, parser_, kAwait);
    if (error == beast::http::error::need_buffer) error = {};
    if (error == beast::error::timeout)
      co_return std::unexpected(Problem{408, "too-slow", "the body stopped coming"});
    if (error) {
      co_return std::unexpected(
          Problem{400, "body",
                  fmt::format("the body broke off or is wrongly chunked after {} bytes ({})",
                              received_, error.message())});
    }
    count = room.size() - body.size;
  }
  received_ += count;
  if (received_ > most_bytes_) co_return std::unexpected(too_large(most_bytes_));
  co_return count;
}

}  // namespace pawfect::http
