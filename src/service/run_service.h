// One process of the service, from its configuration to its end: `serve`, `api`, `worker`,
// `labeler`.
#pragma once

#include <string_view>

#include "config/service_config.h"

namespace pawfect {

struct Roles {
  bool api = false, worker = false, labeler = false;

  bool are_all() const { return api && worker && labeler; }
};

// Prints one line on stdout when it is ready ("pawfect serve is ready at http://127.0.0.1:8080"),
// and returns the exit status after SIGTERM or SIGINT: running work is finished within [worker]
// grace or given back. A second signal ends the process at once.
int run_service(std::string_view name, Roles roles, const ServiceConfig& config);

}  // namespace pawfect
