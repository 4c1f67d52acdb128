// The one table of everything that can be set: reading the file and the environment, refusing what
// is unknown, docs/configuration.md and the example are all made of it. The table is constant; the
// functions are pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "config/service_config.h"

namespace pawfect {

enum class Form : std::uint8_t { kText, kNumber, kReal, kTime, kSize, kTexts, kTimes };

// Which member of the configuration a key sets. A whole number that takes a time is in seconds.
using Place =
    std::variant<std::string& (*)(ServiceConfig&), std::filesystem::path& (*)(ServiceConfig&),
                 int& (*)(ServiceConfig&), std::int64_t& (*)(ServiceConfig&),
                 std::uint64_t& (*)(ServiceConfig&), double& (*)(ServiceConfig&),
                 Milliseconds& (*)(ServiceConfig&), std::vector<std::string>& (*)(ServiceConfig&),
                 std::array<Milliseconds, 3>& (*)(ServiceConfig&),
                 std::array<Milliseconds, 4>& (*)(ServiceConfig&)>;

struct ConfigKey {
  std::string_view section, name;
  Form form;
  Place place;
  std::string_view help;  // one line
  // Of a number, a time in milliseconds, a size in bytes.
  std::int64_t lowest = 0, highest = 0;
  // What a text (or each text of a list) must be; an empty one is the default's business.
  std::string_view allowed = {};
  bool (*accepts)(std::string_view) = nullptr;
  bool is_secret = false;
  // A variable that stands over PAWFECT_SECTION_KEY.
  const char* other_variable = nullptr;
};

// By section, in the order in which they are documented.
std::span<const ConfigKey> config_keys();
struct ConfigSection {
  std::string_view name, help;
};
std::span<const ConfigSection> config_sections();

// "PAWFECT_HTTP_LISTEN"
std::string variable_name(const ConfigKey& key);

// "a whole number, 1 to 100"
std::string allowed_values(const ConfigKey& key);
// The same for who knows what times and sizes look like: "100ms to 10m".
std::string short_allowed_values(const ConfigKey& key);

// A value as it came, before it is known what it should be.
using ConfigValue = std::variant<std::int64_t, double, std::string, std::vector<std::string>>;

// False: it is not what the key allows, and nothing was set.
bool set_value(ServiceConfig& config, const ConfigKey& key, const ConfigValue& value);

// The text of a variable, as far as it has the key's form; otherwise the text itself.
ConfigValue value_of_variable(const ConfigKey& key, std::string_view text);

// As it would stand in the file: "\"127.0.0.1:8080\"", "100", "[\"5s\", \"15s\"]".
std::string value_text(const ServiceConfig& config, const ConfigKey& key);

}  // namespace pawfect
