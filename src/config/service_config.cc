#include "config/service_config.h"

#include <fmt/format.h>

#include <cstdlib>

#include "config/config_reading.h"
#include "config/config_value.h"

namespace pawfect {
namespace {

std::size_t index_of(std::string_view section, std::string_view name) {
  std::size_t index = 0;
  for (const ConfigKey& key : config_keys()) {
    if (key.section == section && key.name == name) break;
    ++index;
  }
  return index;
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string_view ConfigReading::source(std::string_view section, std::string_view name) const {
  const std::string& from = sources.at(index_of(section, name));
  return from.empty() ? "default" : std::string_view(from);
}

std::string ConfigReading::place(std::string_view section, std::string_view name) const {
  const std::string& from = sources.at(index_of(section, name));
  const std::string key = fmt::format("[{}] {}", section, name);
  if (from.empty()) return key;
  return from.find(':') == std::string::npos ? from : fmt::format("{}: {}", from, key);
}

Result<void> read_config_variables(const Environment& environment, ConfigReading& reading) {
  std::size_t index = 0;
  for (const ConfigKey& key : config_keys()) {
    const std::string name = variable_name(key);
    for (const char* variable : {name.c_str(), key.other_variable}) {
      if (variable == nullptr) continue;
      const auto text = environment(variable);
      if (!text || text->empty()) continue;
      if (!set_value(reading.config, key, value_of_variable(key, *text))) {
        return fail(ErrorCode::kUsage,
                    fmt::format("{}: found {}; allowed: {}", variable,
                                key.is_secret ? "what is not shown" : in_quotes(*text),
                                allowed_values(key)));
      }
      reading.sources[index] = variable;
    }
    ++index;
  }
  return {};
}

Result<void> settle_data_folder(const Environment& environment, ConfigReading& reading) {
  std::filesystem::path& data = reading.config.store.data;
  if (!data.empty()) return {};
  const std::filesystem::path state = environment("XDG_STATE_HOME").value_or("");
  const std::filesystem::path home = environment("HOME").value_or("");
  // A relative one is no folder of the user's, says the XDG specification.
  if (state.is_absolute()) {
    data = state / "pawfect";
  } else if (home.is_absolute()) {
    data = home / ".local" / "state" / "pawfect";
  } else {
    return fail(ErrorCode::kUsage,
                "[store] data: found nothing, and neither XDG_STATE_HOME nor HOME names a folder; "
                "set it, or PAWFECT_STORE_DATA");
  }
  return {};
}

Result<ConfigReading> read_config(const std::filesystem::path& file,
                                  const Environment& environment) {
  ConfigReading reading;
  if (!file.empty()) {
    if (auto read = read_config_file(file, reading); !read) return std::unexpected(read.error());
  }
  if (auto read = read_config_variables(environment, reading); !read)
    return std::unexpected(read.error());
  if (auto settled = settle_data_folder(environment, reading); !settled)
    return std::unexpected(settled.error());
  if (auto good = check_config(reading); !good) return std::unexpected(good.error());
  return reading;
}

Result<ServiceConfig> read_service_config(const std::filesystem::path& file,
                                          const Environment& environment,
                                          std::vector<std::string>& warnings) {
  auto reading = read_config(file, environment);
  if (!reading) return std::unexpected(reading.error());
  warnings.insert(warnings.end(), reading->warnings.begin(), reading->warnings.end());
  return std::move(reading->config);
}

}  // namespace pawfect
