// ConfigReading: a configuration together with where each of its values came from, for messages and
// for `pawfect doctor`. read_service_config (service_config.h) is this without the sources. A value
// type; used once at start.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config_key.h"
#include "config/service_config.h"

namespace pawfect {

struct ConfigReading {
  ServiceConfig config;
  // One for each of config_keys(): "pawfect.toml:3:10", the variable's name; empty: the default.
  std::vector<std::string> sources = std::vector<std::string>(config_keys().size());
  // One for each token.
  std::vector<std::string> token_sources;
  std::vector<std::string> warnings;

  // Of the key "section.name", which exists: its source, or "default".
  std::string_view source(std::string_view section, std::string_view name) const;
  // "pawfect.toml:3:10: [store] nats_url", "PAWFECT_STORE_NATS_URL", "[store] nats_url" (default)
  std::string place(std::string_view section, std::string_view name) const;
};

inline constexpr std::size_t kMostConfigBytes = 1 << 20;
inline constexpr std::size_t kMostTokens = 1000;

// What the parts of read_config do, in their order. Errors as read_service_config.

// `name` stands for the file in messages.
Result<void> read_config_text(std::string_view text, const std::string& name,
                              ConfigReading& reading);
Result<void> read_config_file(const std::filesystem::path& file, ConfigReading& reading);
Result<void> read_config_variables(const Environment& environment, ConfigReading& reading);
// The data folder where none was set; whether the values fit together; warnings.
Result<void> settle_data_folder(const Environment& environment, ConfigReading& reading);
Result<void> check_config(ConfigReading& reading);

Result<ConfigReading> read_config(const std::filesystem::path& file,
                                  const Environment& environment);

}  // namespace pawfect
