// TimedSocket: a connected TCP socket whose reads and writes end when their time is over. Unlike
// Beast's stream it stays open then, so that the other side can still be told why. Owns the socket;
// one operation at a time; belongs to the network thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace pawfect::http {

namespace asio = boost::asio;

// How an operation ended. No error: `count` bytes, at least one. asio::error::timed_out: its time
// is over.
struct Transfer {
  boost::system::error_code error = {};
  std::size_t count = 0;
};

class TimedSocket {
 public:
  using Steady = std::chrono::steady_clock;

  explicit TimedSocket(asio::ip::tcp::socket socket);

  asio::ip::tcp::socket& socket();

  // The time of the operations that follow.
  void expires_after(Steady::duration time) { expires_at(Steady::now() + time); }
  void expires_at(Steady::time_point deadline);

  asio::awaitable<Transfer> connect(asio::ip::tcp::endpoint endpoint);
  asio::awaitable<Transfer> read_some(std::span<char> room);
  asio::awaitable<Transfer> write_some(std::string_view text);

  // Says that nothing more comes, reads what the other side still sends, for that time and so many
  // bytes at most, and closes. A socket closed with something unread in it sends a reset, and the
  // other side might lose what was written last.
  asio::awaitable<void> close_gently(Steady::duration time, std::size_t most_bytes);
  void close();

 private:
  struct State;

  static void arm(const std::shared_ptr<State>& state);

  // Shared with the timer, whose handler may come when this is gone.
  std::shared_ptr<State> state_;
};

}  // namespace pawfect::http
