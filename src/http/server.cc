#include "http/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
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
constexpr int kMostRefusals = 64;  // clients over the cap that are told so at once
constexpr std::chrono::milliseconds kAcceptPause{100};  // when there are no descriptors left
constexpr std::chrono::milliseconds kCloseTime{300};    // for what was cut off to notice
}  // namespace

class Server::Implementation {
 public:
  Implementation(ServerSetup setup, std::vector<Route> routes)
      : shared_{std::move(setup), Router(std::move(routes)), asio::steady_timer(context_)},
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
    context_.run();
  }

  void stop(std::chrono::milliseconds grace) {
    asio::post(context_, [this, grace] { begin_to_stop(grace); });
  }

  const std::string& address() const { return address_; }
  asio::io_context& context() { return context_; }
  int connections() const { return shared_.connections; }
  int event_streams() const { return shared_.event_streams; }

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
    const auto found = per_peer_.find(peer);
    const bool is_full =
        shared_.connections >= limits.most_connections ||
        (found != per_peer_.end() && found->second >= limits.most_connections_per_peer);
    if (is_full) {
      if (refusals_ < kMostRefusals)
        asio::co_spawn(context_, refuse(std::move(socket)), asio::detached);
      return;  // beyond that the socket closes unanswered
    }
    asio::co_spawn(context_, serve(std::move(socket), std::move(peer)), asio::detached);
  }

  asio::awaitable<void> refuse(tcp::socket socket) {
    ++refusals_;
    boost::beast::tcp_stream stream(std::move(socket));
    stream.expires_after(kCloseTime);
    const std::string body = to_text(
        {503, "too-many-connections", "the server has all the connections that it can; try again"});
    const std::string answer = fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        "Retry-After: 5\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
        body.size(), body);
    co_await asio::async_write(stream, asio::buffer(answer), kAwait);
    --refusals_;
  }

  asio::awaitable<void> serve(tcp::socket socket, std::string peer) {
    ++shared_.connections;
    ++per_peer_[peer];
    Connection connection(std::move(socket), peer, shared_);
    open_.insert(&connection);
    co_await connection.serve();
    open_.erase(&connection);
    if (--per_peer_[peer] == 0) per_peer_.erase(peer);
    --shared_.connections;
    if (shared_.is_stopping && open_.empty()) grace_.cancel();
  }

  void begin_to_stop(std::chrono::milliseconds grace) {
    if (shared_.is_stopping) return;
    shared_.is_stopping = true;
    ErrorCodeOfSystem ignored;
    acceptor_.close(ignored);
    // Whoever waits for the stop wakes up, and whoever comes to wait does not.
    shared_.stop.expires_at(asio::steady_timer::time_point::min());
    for (Connection* connection : open_) connection->close_if_idle();
    asio::co_spawn(context_, end_after(grace), asio::detached);
  }

  asio::awaitable<void> end_after(std::chrono::milliseconds grace) {
    if (!open_.empty()) {
      grace_.expires_after(grace);
      co_await grace_.async_wait(kAwait);
    }
    if (!open_.empty()) {
      for (Connection* connection : open_) connection->close();
      grace_.expires_after(kCloseTime);
      co_await grace_.async_wait(kAwait);
    }
    if (!open_.empty()) context_.stop();
  }

  asio::io_context context_{1};
  Shared shared_;
  tcp::acceptor acceptor_;
  asio::steady_timer grace_;
  std::string address_;
  std::set<Connection*> open_;
  std::map<std::string, int> per_peer_;
  int refusals_ = 0;
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
