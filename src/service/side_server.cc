#include "service/side_server.h"

#include <utility>

#include "config/listen_address.h"

namespace pawfect {
namespace {

http::Route health_route() {
  const auto handler = [](const http::Request&,
                          http::Body&) -> http::asio::awaitable<http::Response> {
    co_return http::json_response(200, R"({"status":"ok"})");
  };
  return {"GET", "/healthz", handler};
}

http::Route ready_route(std::string why_not) {
  const auto handler = [why_not = std::move(why_not)](
                           const http::Request&,
                           http::Body&) -> http::asio::awaitable<http::Response> {
    if (why_not.empty()) co_return http::json_response(200, R"({"status":"ready"})");
    co_return http::problem_response({503, "not-ready", why_not});
  };
  return {"GET", "/readyz", handler};
}

http::Route metrics_route(ServiceMetrics& metrics) {
  const auto handler = [&metrics](const http::Request&,
                                  http::Body&) -> http::asio::awaitable<http::Response> {
    http::Response response;
    response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
    response.body = metrics.text();
    co_return response;
  };
  return {"GET", "/metrics", handler};
}

}  // namespace

Result<std::unique_ptr<SideServer>> SideServer::start(SideSetup setup,
                                                      const ServiceContext& context) {
  const auto address = parse_listen_address(setup.listen);
  http::ServerSetup server;
  server.address = address->address;
  server.port = address->port;
  server.failed = [&log = context.log](std::string_view what) {
    log.error("handler_failed", {{"error", what}});
  };
  std::vector<http::Route> routes = std::move(setup.routes);
  routes.push_back(health_route());
  routes.push_back(ready_route(std::move(setup.why_not_ready)));
  routes.push_back(metrics_route(context.metrics));
  auto opened = http::Server::open(std::move(server), std::move(routes));
  if (!opened) return std::unexpected(opened.error());
  return std::unique_ptr<SideServer>(new SideServer(std::move(*opened)));
}

SideServer::SideServer(std::unique_ptr<http::Server> server)
    : server_(std::move(server)), network_([this] { server_->run(); }) {}

SideServer::~SideServer() { stop(Milliseconds(0)); }

void SideServer::stop(Milliseconds grace) {
  if (!network_.joinable()) return;
  server_->stop(grace);
  network_.join();
}

}  // namespace pawfect
