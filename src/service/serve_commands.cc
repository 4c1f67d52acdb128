// pawfect serve | api | worker | labeler
#include <CLI/CLI.hpp>
#include <string>

#include "config/listen_address.h"
#include "service/commands.h"
#include "service/run_service.h"
#include "service/service_options.h"
#include "shell/arguments.h"

namespace pawfect {
namespace {

constexpr const char* kExitStatuses =
    "Exit status: 0 stopped by SIGTERM or SIGINT, 2 usage or configuration, 5 model missing or\n"
    "refused, 69 a store does not answer, 70 bug.";

int run(const char* name, const char* about, Roles roles, std::span<char* const> arguments) {
  CLI::App app(about, std::string("pawfect ") + name);
  app.footer(kExitStatuses);
  ServiceOptions options;
  std::string listen;
  add_service_options(app, options);
  if (roles.api || roles.labeler) {
    app.add_option("--listen", listen,
                   "ADDRESS:PORT to listen at (over the configuration's); port 0: any that is free")
        ->type_name("ADDRESS:PORT");
  }
  if (const auto ended = parse_arguments(app, arguments)) return *ended;
  auto config = read_config(options);
  if (!config) return print_error(config.error());
  if (!listen.empty() && !parse_listen_address(listen)) {
    return print_error({ErrorCode::kUsage, "--listen " + listen + ": is no address to listen at; " +
                                               std::string(kListenForm) + " is one"});
  }
  if (!listen.empty()) (roles.api ? config->http.listen : config->labeler.listen) = listen;
  return run_service(name, roles, *config);
}

}  // namespace

int run_serve_command(std::span<char* const> arguments) {
  return run("serve", "Runs the whole service in one process: API, worker, labeler.",
             {.api = true, .worker = true, .labeler = true}, arguments);
}

int run_api_command(std::span<char* const> arguments) {
  return run("api", "Runs the service's HTTP API.", {.api = true}, arguments);
}

int run_worker_command(std::span<char* const> arguments) {
  return run("worker", "Runs jobs from the service's queue.", {.worker = true}, arguments);
}

int run_labeler_command(std::span<char* const> arguments) {
  return run("labeler", "Looks at sessions' photos and says what surrounds what.",
             {.labeler = true}, arguments);
}

}  // namespace pawfect
