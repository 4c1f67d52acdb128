// The options that all commands of the service have, and the configuration they lead to.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "config/service_config.h"

namespace CLI {
class App;
}

namespace pawfect {

struct ServiceOptions {
  std::filesystem::path config;
  std::filesystem::path data;
};

// --config --data
void add_service_options(CLI::App& app, ServiceOptions& options);

// The file, the environment, and over them the options. Warnings go to stderr, one line each.
Result<ServiceConfig> read_config(const ServiceOptions& options);

}  // namespace pawfect
