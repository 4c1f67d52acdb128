#include "http/timed_socket.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace pawfect::http {
namespace {

using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPiece = 4096;

}  // namespace

struct TimedSocket::State {
  explicit State(tcp::socket taken)
      : socket(std::move(taken)), timer(socket.get_executor()), deadline(Steady::now()) {}

  // What an operation ended with, as the caller is told.
  Transfer ended(error_code error, std::size_t count) {
    is_waiting = false;
    if (error && is_late) error = asio::error::timed_out;
    return {error, count};
  }

  void begin(const std::shared_ptr<State>& self) {
    is_waiting = true;
    is_late = false;
    arm(self);
  }

  tcp::socket socket;
  asio::steady_timer timer;
  Steady::time_point deadline;
  // The timer is not set for every operation: it looks at the deadline when it runs off, and is set
  // again then.
  Steady::time_point armed_for = {};
  bool is_armed = false;
  bool is_waiting = false;
  bool is_late = false;
};

TimedSocket::TimedSocket(tcp::socket socket) : state_(std::make_shared<State>(std::move(socket))) {}

tcp::socket& TimedSocket::socket() { return state_->socket; }

void TimedSocket::expires_at(Steady::time_point deadline) { state_->deadline = deadline; }

void TimedSocket::arm(const std::shared_ptr<State>& state) {
  if (state->is_armed && state->armed_for <= state->deadline) return;
  state->is_armed = true;
  state->armed_for = state->deadline;
  state->timer.expires_at(state->deadline);
  state->timer.async_wait([weak = std::weak_ptr<State>(state)](error_code error) {
    if (error) return;
    const auto alive = weak.lock();
    if (alive == nullptr) return;
    alive->is_armed = false;
    if (!alive->is_waiting) return;
    if (Steady::now() < alive->deadline) return arm(alive);
    alive->is_late = true;
    error_code ignored;
    alive->socket.cancel(ignored);
  });
}

asio::awaitable<Transfer> TimedSocket::connect(tcp::endpoint endpoint) {
  const auto state = state_;
  state->begin(state);
  const auto [error] = co_await state->socket.async_connect(endpoint, kAwait);
  co_return state->ended(error, 0);
}

asio::awaitable<Transfer> TimedSocket::read_some(std::span<char> room) {
  const auto state = state_;
  state->begin(state);
  const auto [error, count] =
      co_await state->socket.async_read_some(asio::buffer(room.data(), room.size()), kAwait);
  co_return state->ended(error, count);
}

asio::awaitable<Transfer> TimedSocket::write_some(std::string_view text) {
  const auto state = state_;
  state->begin(state);
  const auto [error, count] =
      co_await state->socket.async_write_some(asio::buffer(text.data(), text.size()), kAwait);
  co_return state->ended(error, count);
}

asio::awaitable<void> TimedSocket::close_gently(Steady::duration time, std::size_t most_bytes) {
  error_code ignored;
  socket().shutdown(tcp::socket::shutdown_send, ignored);
  expires_after(time);
  std::array<char, kPiece> rest;
  std::size_t total = 0;
  while (total < most_bytes) {
    const Transfer got = co_await read_some(rest);
    if (got.error) break;
    total += got.count;
  }
  close();
}

void TimedSocket::close() {
  error_code ignored;
  state_->socket.close(ignored);
}

}  // namespace pawfect::http
