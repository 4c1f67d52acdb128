#include "http/body.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <string_view>

namespace pawfect::http {
namespace {

namespace beast = boost::beast;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kChunkedPiece = 16 * 1024;

std::unexpected<Problem> slow(std::string_view detail) {
  return std::unexpected(Problem{408, "too-slow", std::string(detail)});
}

}  // namespace

Problem too_large(std::uint64_t most_bytes) {
  if (most_bytes == 0) return {413, "too-large", "this address takes no body"};
  return {
      413, "too-large",
      fmt::format("the body is larger than {} bytes, which is what is allowed here", most_bytes)};
}

RequestBody::RequestBody(TimedSocket& socket, beast::flat_buffer& buffer, RequestParser& parser,
                         const ServerLimits& limits)
    : socket_(socket),
      buffer_(buffer),
      parser_(parser),
      limits_(limits),
      is_chunked_(parser.chunked()),
      left_(parser.content_length().value_or(0)),
      // An older client could not understand the word.
      wants_continue_(parser.get().version() == 11 &&
                      parser.get().count(beast::http::field::expect) > 0) {}

bool RequestBody::is_too_slow() const {
  if (waited_ < limits_.body_rate_counts_after) return false;
  const double seconds = std::chrono::duration<double>(waited_).count();
  return double(received_) < seconds * double(limits_.slowest_body_bytes_per_s);
}

asio::awaitable<RequestBody::Count> RequestBody::read(std::span<std::byte> room) {
  if (is_over() || room.empty()) co_return std::size_t{0};
  if (wants_continue_) {
    wants_continue_ = false;
    std::string_view rest = kContinue;
    while (!rest.empty()) {
      socket_.expires_after(limits_.send_piece_time);
      const Transfer sent = co_await socket_.write_some(rest);
      if (sent.error) co_return std::unexpected(Problem{400, "body", "the connection broke off"});
      rest.remove_prefix(sent.count);
    }
  }
  if (is_chunked_) co_return co_await read_chunked(room);
  co_return co_await read_plain(room);
}

asio::awaitable<RequestBody::Count> RequestBody::receive(std::span<char> room) {
  if (is_too_slow()) co_return slow("the body comes too slowly");
  const auto begin = Steady::now();
  socket_.expires_after(limits_.body_piece_time);
  const Transfer got = co_await socket_.read_some(room);
  waited_ += Steady::now() - begin;
  if (got.error == asio::error::timed_out) co_return slow("the body stopped coming");
  if (got.error) {
    co_return std::unexpected(Problem{
        400, "body",
        fmt::format("the body broke off after {} bytes ({})", received_, got.error.message())});
  }
  co_return got.count;
}

asio::awaitable<RequestBody::Count> RequestBody::read_plain(std::span<std::byte> room) {
  room = room.first(std::min<std::uint64_t>(room.size(), left_));
  std::size_t count = std::min(room.size(), buffer_.size());
  if (count > 0) {
    std::memcpy(room.data(), buffer_.data().data(), count);
    buffer_.consume(count);
  } else {
    const std::span<char> characters(reinterpret_cast<char*>(room.data()), room.size());
    const Count got = co_await receive(characters);
    if (!got) co_return std::unexpected(got.error());
    count = *got;
  }
  left_ -= count;
  received_ += count;
  if (received_ > most_bytes_) co_return std::unexpected(too_large(most_bytes_));
  co_return count;
}

asio::awaitable<RequestBody::Count> RequestBody::read_chunked(std::span<std::byte> room) {
  auto& body = parser_.get().body();
  body.data = room.data();
  body.size = room.size();
  body.more = true;
  // A piece of the wire may hold a chunk's head and nothing of the body.
  while (body.size == room.size() && !parser_.is_done()) {
    beast::error_code error = beast::http::error::need_more;
    if (buffer_.size() > 0) buffer_.consume(parser_.put(buffer_.data(), error));
    if (!error || error == beast::http::error::need_buffer) continue;
    // The buffer is full of a chunk's head, or of fields behind the last chunk.
    const std::size_t free = buffer_.max_size() - buffer_.size();
    if (error != beast::http::error::need_more || free == 0) {
      co_return std::unexpected(
          Problem{400, "body",
                  fmt::format("the body is wrongly chunked after {} bytes ({})", received_,
                              error.message())});
    }
    const auto space = buffer_.prepare(std::min(free, kChunkedPiece));
    const std::span<char> characters(static_cast<char*>(space.data()), space.size());
    const Count got = co_await receive(characters);
    if (!got) co_return std::unexpected(got.error());
    buffer_.commit(*got);
  }
  const std::size_t count = room.size() - body.size;
  received_ += count;
  if (received_ > most_bytes_) co_return std::unexpected(too_large(most_bytes_));
  co_return count;
}

}  // namespace pawfect::http
