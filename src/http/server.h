// The HTTP/1.1 server: accepts connections under limits, reads heads, finds the route, lets its
// handler answer, and sends the answer. One network thread (Boost.Beast on Asio coroutines); an
// event stream costs a coroutine and no thread. Started and stopped by its owner; `run` is called
// once.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/exchange.h"

namespace pawfect::http {

struct ServerLimits {
  std::size_t most_head_bytes = 16 * 1024;
  std::chrono::milliseconds head_time{
      10'000};  // from the first byte, or the connect, to the head's end
  std::chrono::milliseconds idle_time{60'000};        // between two requests of a connection
  std::chrono::milliseconds body_piece_time{20'000};  // without any byte of a body
  std::uint64_t slowest_body_bytes_per_s = 1024;      // on average, when the server has waited ...
  std::chrono::milliseconds body_rate_counts_after{30'000};  // ... that long for a body
  std::chrono::milliseconds send_piece_time{30'000};         // without the client taking any byte
  int most_connections = 2000;
  int most_connections_per_peer = 2000;
  int most_event_streams = 1000;
};

struct ServerSetup {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any that is free
  ServerLimits limits;
  Texts headers;  // that every answer bears (security headers)
  // The hooks below are called on the network thread.
  //
  // Looks at every request before its body is read: an answer ends it there (401, 429, CORS).
  std::function<std::optional<Response>(const Request&)> guard = {};
  // May add headers to every answer to a request that could be understood (CORS).
  std::function<void(const Request&, Response&)> finish = {};
  // Told of every answer when it was sent, for metrics and the access log.
  struct Sent {
    std::string_view route;   // its name; "" when none was found
    std::string_view method;  // "" when the head was none
    int status = 0;
    double seconds = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0;
  };
  std::function<void(const Sent&)> sent = {};
  // Told of an exception of a handler, a stream or a hook; its client got a 500, or was cut off.
  std::function<void(std::string_view what)> failed = {};
};

class Server {
 public:
  // Opens the listener. Errors: kUsage when the address cannot be listened at, with why.
  static Result<std::unique_ptr<Server>> open(ServerSetup setup, std::vector<Route> routes);
  ~Server();

  // "127.0.0.1:8080", with the port that it got.
  const std::string& address() const;

  asio::io_context& context();

  // Serves until it is stopped. Called once, from the thread that becomes the network thread.
  void run();

  // Ends by itself what still waits for something: whoever gave handlers threads to wait on
  // (http/workers.h) destroys those first.
  //
  // From any thread: takes no new connection, ends event streams with a last event "bye", answers
  // what was asked, closes idle connections, and makes run() return when all are closed, or `grace`
  // is over.
  void stop(std::chrono::milliseconds grace);

  int connections() const;    // that are open now; from any thread
  int event_streams() const;  // of them

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pawfect::http
