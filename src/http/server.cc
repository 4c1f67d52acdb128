#include "http/server.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include "http/connection.h"

namespace pawfect::http {
namespace {

using tcp = asio::ip::tcp;
using ErrorCodeOfSystem = boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 1024;
constexpr int kMostTurnedAway = 64;  // clients over the cap that are told so at once
constexpr std::chrono::milliseconds kAcceptPause{100};  // when there are no descriptors left
constexpr std::chrono::milliseconds kCloseTime{300};    // for what was cut off to notice

// Who is connected. Outlives the coroutines, which take themselves off when they end, in whatever
// manner.
struct Guests {
  std::set<Connection*> open;
  std::map<std::string, int> per_peer;
  int turned_away = 0;
  std::atomic<int> connections = 0;
  std::atomic<int> event_streams = 0;
};

class GuestPlace {
 public:
  GuestPlace(Guests& guests, Connection& connection, std::string peer)
      : guests_(guests), connection_(connection), peer_(std::move(peer)) {
    guests_.open.insert(&connection_);
    ++guests_.per_peer[peer_];
    ++guests_.connections;
  }
  ~GuestPlace() {
    guests_.open.erase(&connection_);
    if (--guests_.per_peer[peer_] == 0) guests_.per_peer.erase(peer_);
    --guests_.connections;
  }
  GuestPlace(const GuestPlace&) = delete;
  GuestPlace& operator=(const GuestPlace&) = delete;

 private:
  Guests& guests_;
  Connection& connection_;
  std::string peer_;
};

}  // namespace

class Server::Implementation {
 public:
  Implementation(ServerSetup setup, std::vector<Route> routes)
      : shared_{std::move(setup), Router(std::move(routes)), asio::steady_timer(context_),
                guests_.event_streams},
        acceptor_(context_),
        grace_(context_) {
    shared_.stop.expires_at(asio::steady_timer::time_point::max());
  }

  Result<void> listen() {
    ErrorCodeOfSystem error;
    const auto address = asio::ip::make_address(shared_.setup.address, error);
    const auto refused = [&](std::string_view step) {
      return fail(ErrorCode::kUsage,
                  fmt::format("http.listen {}:{}: cannot be listened at: {} ({}); is another "
                              "program there? choose another with --listen ADDRESS:PORT",
                              shared_.setup.address, shared_.setup.port, error.message(), step));
    };
    if (error) return refused("address");
    const tcp::endpoint endpoint(address, shared_.setup.port);
    acceptor_.open(endpoint.protocol(), error);
    if (error) return refused("socket");
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    acceptor_.bind(endpoint, error);
    if (error) return refused("bind");
    acceptor_.listen(kBacklog, error);
    if (error) return refused("listen");
    const auto local = acceptor_.local_endpoint();
    address_ = local.address().is_v6()
                   ? fmt::format("[{}]:{}", local.address().to_string(), local.port())
                   : fmt::format("{}:{}", local.address().to_string(), local.port());
    return {};
  }

  void run() {
    asio::co_spawn(context_, accept(), asio::detached);
    while (!context_.stopped()) {
      try {
        context_.run();
      } catch (...) {  // of something that others gave to the context
        shared_.tell_failure(std::current_exception());
      }
    }
  }

  void stop(std::chrono::milliseconds grace) {
    asio::post(context_, [this, grace] { begin_to_stop(grace); });
  }

  const std::string& address() const { return address_; }
  asio::io_context& context() { return context_; }
  int connections() const { return guests_.connections; }
  int event_streams() const { return guests_.event_streams; }

 private:
  asio::awaitable<void> accept() {
    asio::steady_timer pause(context_);
    while (acceptor_.is_open()) {
      tcp::endpoint peer;
      tcp::socket socket(context_);
      const auto [error] = co_await acceptor_.async_accept(socket, peer, kAwait);
      if (shared_.is_stopping) co_return;
      if (error) {
        // No descriptors left, mostly: those that are open will close.
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kAwait);
        continue;
      }
      take(std::move(socket), peer.address().to_string());
    }
  }

  void take(tcp::socket socket, std::string peer) {
    const ServerLimits& limits = shared_.setup.limits;
    const auto found = guests_.per_peer.find(peer);
    const bool is_full =
        guests_.connections >= limits.most_connections ||
        (found != guests_.per_peer.end() && found->second >= limits.most_connections_per_peer);
    if (!is_full) {
      asio::co_spawn(context_, serve(std::move(socket), std::move(peer)), asio::detached);
      return;
    }
    // Beyond that the socket closes unanswered.
    if (guests_.turned_away < kMostTurnedAway)
      asio::co_spawn(context_, turn_away(std::move(socket), std::move(peer)), asio::detached);
  }

  asio::awaitable<void> turn_away(tcp::socket socket, std::string peer) {
    ++guests_.turned_away;
    Connection connection(std::move(socket), std::move(peer), shared_);
    try {
      co_await connection.turn_away();
    } catch (...) {
      shared_.tell_failure(std::current_exception());
    }
    --guests_.turned_away;
  }

  asio::awaitable<void> serve(tcp::socket socket, std::string peer) {
    Connection connection(std::move(socket), peer, shared_);
    {
      const GuestPlace place(guests_, connection, std::move(peer));
      co_await connection.serve();
    }
    if (shared_.is_stopping && guests_.open.empty()) grace_.cancel();
  }

  void begin_to_stop(std::chrono::milliseconds grace) {
    if (shared_.is_stopping) return;
    shared_.is_stopping = true;
    ErrorCodeOfSystem ignored;
    acceptor_.close(ignored);
    // Whoever waits for the stop wakes up, and whoever comes to wait does not.
    shared_.stop.expires_at(asio::steady_timer::time_point::min());
    for (Connection* connection : guests_.open) connection->close_if_idle();
    asio::co_spawn(context_, end_after(grace), asio::detached);
  }

  asio::awaitable<void> end_after(std::chrono::milliseconds grace) {
    if (!guests_.open.empty()) {
      grace_.expires_after(grace);
      co_await grace_.async_wait(kAwait);
    }
    if (!guests_.open.empty()) {
      for (Connection* connection : guests_.open) connection->close();
      grace_.expires_after(kCloseTime);
      co_await grace_.async_wait(kAwait);
    }
    // Also for what others still have on the context: timers, calls.
    context_.stop();
  }

  Guests guests_;
  asio::io_context context_{1};  // destroys the coroutines that are left
  Shared shared_;
  tcp::acceptor acceptor_;
  asio::steady_timer grace_;
  std::string address_;
};

Result<std::unique_ptr<Server>> Server::open(ServerSetup setup, std::vector<Route> routes) {
  auto implementation = std::make_unique<Implementation>(std::move(setup), std::move(routes));
  if (auto listening = implementation->listen(); !listening)
    return std::unexpected(listening.error());
  return std::unique_ptr<Server>(new Server(std::move(implementation)));
}

Server::Server(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Server::~Server() = default;

const std::string& Server::address() const { return implementation_->address(); }
asio::io_context& Server::context() { return implementation_->context(); }
void Server::run() { implementation_->run(); }
void Server::stop(std::chrono::milliseconds grace) { implementation_->stop(grace); }
int Server::connections() const { return implementation_->connections(); }
int Server::event_streams() const { return implementation_->event_streams(); }

}  // namespace pawfect::http
