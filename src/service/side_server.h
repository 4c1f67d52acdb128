// SideServer: what a process without the API answers over HTTP: /healthz, /readyz, /metrics, and
// what else it is given. Owned by the process's main.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "http/server.h"
#include "metrics/service_context.h"

namespace pawfect {

struct SideSetup {
  std::string listen;                    // ADDRESS:PORT, checked
  std::string why_not_ready = {};        // told by /readyz; empty: it is ready
  std::vector<http::Route> routes = {};  // beside the three
};

class SideServer {
 public:
  // The context outlives this. Errors: the address's.
  static Result<std::unique_ptr<SideServer>> start(SideSetup setup, const ServiceContext& context);
  ~SideServer();

  const std::string& address() const { return server_->address(); }
  void stop(Milliseconds grace);

 private:
  explicit SideServer(std::unique_ptr<http::Server> server);

  std::unique_ptr<http::Server> server_;
  std::jthread network_;
};

}  // namespace pawfect
