// Connection: one client's socket, from its accept to its close, as one coroutine: heads, routes,
// handlers, answers, one request after the other. Belongs to the network thread.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "http/body.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/server.h"

namespace pawfect::http {

// What the connections of a server share.
struct Shared {
  ServerSetup setup;
  Router router;
  asio::steady_timer stop;  // never runs off; cancelled when the server stops
  bool is_stopping = false;
  std::atomic<int> connections = 0;
  std::atomic<int> event_streams = 0;
};

class Connection {
 public:
  // `shared` outlives this.
  Connection(boost::asio::ip::tcp::socket socket, std::string peer, Shared& shared);

  // Until the client or a limit ends it.
  asio::awaitable<void> serve();

  // Ends it now if nothing is being answered.
  void close_if_idle();
  // Ends it now.
  void close();

 private:
  using Steady = std::chrono::steady_clock;

  enum class HeadRead { kThere, kClosed, kRefused };

  asio::awaitable<HeadRead> read_head(RequestParser& parser, bool is_first);
  asio::awaitable<bool> answer_one(bool is_first);
  asio::awaitable<Response> answer_for(Request& request, RequestBody& body, const Route*& route);
  asio::awaitable<bool> send(const Request& request, Response response, bool keep_alive,
                             unsigned version);
  asio::awaitable<bool> send_file(const FilePart& part);
  asio::awaitable<bool> send_events(EventStream events, bool is_chunked);
  asio::awaitable<bool> write(std::string_view text);
  asio::awaitable<void> refuse(const Problem& problem);
  asio::awaitable<void> linger();
  asio::awaitable<void> wait_for_the_end();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::string peer_;
  Shared& shared_;
  bool is_idle_ = true;
  std::uint64_t sent_ = 0;  // bytes of the present answer
};

}  // namespace pawfect::http
