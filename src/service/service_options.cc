#include "service/service_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <vector>

#include "shell/arguments.h"

namespace pawfect {

void add_service_options(CLI::App& app, ServiceOptions& options) {
  add_path(app, "--config", options.config,
           "the configuration, TOML (default: none; docs/configuration.md lists the keys)");
  add_path(app, "--data", options.data,
           "folder for the database, pictures and files on their way (over [store] data)");
}

Result<ServiceConfig> read_config(const ServiceOptions& options) {
  std::vector<std::string> warnings;
  Result<ServiceConfig> config = read_service_config(options.config, process_environment, warnings);
  if (!config) return config;
  for (const std::string& warning : warnings) fmt::print(stderr, "note: {}\n", warning);
  if (!options.data.empty()) config->store.data = options.data;
  return config;
}

}  // namespace pawfect
