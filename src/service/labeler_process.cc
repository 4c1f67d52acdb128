#include "service/labeler_process.h"

#include <utility>
#include <vector>

#include "config/listen_address.h"
#include "labeler/label_routes.h"

namespace pawfect {
namespace {

http::Route health_route() {
  const auto handler = [](const http::Request&,
                          http::Body&) -> http::asio::awaitable<http::Response> {
    co_return http::json_response(200, R"({"status":"ok"})");
  };
  return {"GET", "/healthz", handler};
}

http::Route ready_route(const LabelService* service) {
  const auto handler = [service](const http::Request&,
                                 http::Body&) -> http::asio::awaitable<http::Response> {
    if (service != nullptr) co_return http::json_response(200, R"({"status":"ready"})");
    co_return http::problem_response({503, "not-ready", "this labeler has no model"});
  };
  return {"GET", "/readyz", handler};
}

http::Route metrics_route(const ServiceContext& context) {
  const auto handler = [&metrics = context.metrics](
                           const http::Request&,
                           http::Body&) -> http::asio::awaitable<http::Response> {
    http::Response response;
    response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
    response.body = metrics.text();
    co_return response;
  };
  return {"GET", "/metrics", handler};
}

}  // namespace

Result<std::unique_ptr<LabelerProcess>> LabelerProcess::start(const ServiceConfig& config,
                                                              const ServiceContext& context,
                                                              LabelService* service) {
  const auto address = parse_listen_address(config.labeler.listen);
  http::ServerSetup setup;
  setup.address = address->address;  // the configuration was checked
  setup.port = address->port;
  setup.failed = [&log = context.log](std::string_view what) {
    log.error("handler_failed", {{"error", what}});
  };
  auto server = http::Server::open(
      std::move(setup),
      {label_route(service), health_route(), ready_route(service), metrics_route(context)});
  if (!server) return std::unexpected(server.error());
  return std::unique_ptr<LabelerProcess>(new LabelerProcess(std::move(*server)));
}

LabelerProcess::LabelerProcess(std::unique_ptr<http::Server> server)
    : server_(std::move(server)), network_([this] { server_->run(); }) {}

LabelerProcess::~LabelerProcess() { stop(Milliseconds(0)); }

void LabelerProcess::stop(Milliseconds grace) {
  if (!network_.joinable()) return;
  server_->stop(grace);
  network_.join();
}

}  // namespace pawfect
