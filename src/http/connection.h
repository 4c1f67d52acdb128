// Connection: one client's socket, from its accept to its close, as one coroutine: heads, routes,
// handlers, answers, one request after the other. Belongs to the network thread.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>

#include "http/answer_head.h"
#include "http/body.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/server.h"
#include "http/timed_socket.h"

namespace pawfect::http {

// What the connections of a server share.
struct Shared {
  ServerSetup setup;
  Router router;
  asio::steady_timer stop;  // never runs off before the server stops
  std::atomic<int>& event_streams;
  bool is_stopping = false;

  // Tells the log.
  void tell_failure(const std::exception_ptr& failure) const;
};

class Connection {
 public:
  // `shared` outlives this, but for the destructor.
  Connection(asio::ip::tcp::socket socket, std::string peer, Shared& shared);

  // Until the client or a limit ends it.
  asio::awaitable<void> serve();
  // Answers that there are too many connections, and closes.
  asio::awaitable<void> turn_away();

  // Ends it now if nothing is being answered.
  void close_if_idle();
  // Ends it now.
  void close();

 private:
  using Steady = std::chrono::steady_clock;

  enum class HeadRead : std::uint8_t { kThere, kClosed, kRefused };
  // How the present answer goes over the wire.
  struct Manner {
    Afterwards afterwards = Afterwards::kClose;
    bool is_head = false;  // without its body
    bool is_old = false;   // HTTP/1.0: nothing chunked
  };

  asio::awaitable<HeadRead> read_head(RequestParser& parser, bool is_first);
  asio::awaitable<bool> answer_one(bool is_first);
  asio::awaitable<Response> answer_for(Request& request, RequestBody& body, const Route*& route);
  asio::awaitable<Response> find_answer(Request& request, RequestBody& body, const Route*& route);
  asio::awaitable<bool> send(Response response, Manner manner);
  asio::awaitable<bool> send_file(const FilePart& part);
  asio::awaitable<bool> send_events(const EventStream& events, Manner manner);
  asio::awaitable<bool> write(std::string_view text);
  asio::awaitable<void> refuse(Problem problem, std::chrono::milliseconds linger);
  asio::awaitable<void> wait_for_the_end();

  TimedSocket socket_;
  boost::beast::flat_buffer buffer_;
  std::string peer_;
  Shared& shared_;
  bool is_idle_ = true;
  std::uint64_t sent_ = 0;  // bytes of the present answer
};

}  // namespace pawfect::http
