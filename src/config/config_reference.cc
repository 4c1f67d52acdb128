#include "config/config_reference.h"

#include <fmt/format.h>

#include "config/config_value.h"
#include "config/token_key.h"

namespace pawfect {
namespace {

constexpr const char* kPageHead = R"(# Configuration

<!-- Generated: pawfect doctor --config-reference > docs/configuration.md -->

The service reads one TOML file (`--config FILE`, at most 1 MiB), then the environment, which stands over it. Everything has
a default; without a file the service runs on this machine alone. What is unknown, of another type or out of range is an
error at start that names file, line, key, what was found and what is allowed.

    pawfect doctor --config FILE     checks it, and tells what is set and where each value comes from

- **Times** are a whole number and a unit: `"250ms"`, `"90s"`, `"5m"`, `"24h"`, `"7d"`. **Sizes** too: `"64KiB"`, `"32MiB"`,
  `"2GiB"`. A bare number is refused, because nobody sees what it counts.
- **The variable of a key** is `PAWFECT_SECTION_KEY`: `PAWFECT_HTTP_LISTEN` for `listen` in `[http]`. Lists are separated by
  commas. An empty variable counts as not set. `MODEL_VARIANT`, `MODEL_SPLIT` and `PAWFECT_MODELS` stand over `variant`,
  `split` and `models` in `[worker]` and over their variables.
- **Secrets** (marked below) belong into the environment, or into a file that others cannot read.
- [`deploy/pawfect.example.toml`](../deploy/pawfect.example.toml) has every key at its default.
)";

constexpr const char* kTokens = R"(
## [[token]]

Who may use the service; a table for each. Without any, everybody may do everything. The token itself is nowhere kept:

    token=$(openssl rand -hex 32); printf %s "$token" | sha256sum

| key | default | allowed | what it is |
| --- | --- | --- | --- |
)";

constexpr const char* kExampleHead =
    R"(# The service's configuration: every key at its default. Take away a '#' to change one.
# Generated: pawfect doctor --config-example > deploy/pawfect.example.toml
# docs/configuration.md says what is allowed; `pawfect doctor --config FILE` checks a file.
)";

constexpr const char* kExampleTokens = R"(
# Who may use the service; a table for each. Without any, everybody may do everything.
#   token=$(openssl rand -hex 32); printf %s "$token" | sha256sum
#[[token]]
)";

// '|' ends a cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string default_text(const TokenKey& key) {
  TokenConfig token;
  const auto* number = std::get_if<1>(&key.place);
  return number == nullptr ? "" : fmt::format("{}", (*number)(token));
}

std::string allowed_text(const TokenKey& key) {
  return key.accepts == nullptr ? fmt::format("a whole number, {} to {}", key.lowest, key.highest)
                                : std::string(key.allowed);
}

bool is_shown(const ConfigKey& key, const ConfigReading& reading) {
  // An address is a secret only with a password in it.
  if (key.name == "nats_url") return reading.config.store.nats_url.find('@') == std::string::npos;
  return !key.is_secret;
}

}  // namespace

std::string config_reference() {
  const ServiceConfig defaults;
  std::string page = kPageHead;
  for (const ConfigSection& section : config_sections()) {
    page += fmt::format(
        "\n## [{}]\n\n{}\n\n| key | default | allowed | what it is |\n| --- | --- | --- | --- |\n",
        section.name, section.help);
    for (const ConfigKey& key : config_keys()) {
      if (key.section != section.name) continue;
      page += fmt::format("| `{}` | `{}` | {} | {}{} |\n", key.name, value_text(defaults, key),
                          cell(short_allowed_values(key)), key.is_secret ? "**secret**; " : "",
                          cell(key.help));
    }
  }
  page += kTokens;
  for (const TokenKey& key : token_keys()) {
    const std::string standard = default_text(key);
    page += fmt::format("| `{}` | {} | {} | {} |\n", key.name,
                        standard.empty() ? "must be there" : fmt::format("`{}`", standard),
                        cell(allowed_text(key)), cell(key.help));
  }
  return page;
}

std::string config_example() {
  const ServiceConfig defaults;
  std::string text = kExampleHead;
  for (const ConfigSection& section : config_sections()) {
    text += fmt::format("\n# {}\n[{}]\n", section.help, section.name);
    for (const ConfigKey& key : config_keys()) {
      if (key.section == section.name)
        text += fmt::format("# {}\n#{} = {}\n", key.help, key.name, value_text(defaults, key));
    }
  }
  text += kExampleTokens;
  for (const TokenKey& key : token_keys()) {
    const std::string standard = default_text(key);
    text += fmt::format("# {}\n#{} = {}\n", key.help, key.name,
                        standard.empty() ? fmt::format("\"{}\"", key.name) : standard);
  }
  return text;
}

std::string config_report(const ConfigReading& reading) {
  const ServiceConfig defaults;
  std::string text;
  for (const ConfigSection& section : config_sections()) {
    text += fmt::format("[{}]\n", section.name);
    for (std::size_t i = 0; i < config_keys().size(); ++i) {
      const ConfigKey& key = config_keys()[i];
      if (key.section != section.name) continue;
      std::string value = value_text(reading.config, key);
      if (value != value_text(defaults, key) && !is_shown(key, reading)) value = "(not shown)";
      const std::string& from = reading.sources[i];
      text += from.empty() ? fmt::format("  {} = {}\n", key.name, value)
                           : fmt::format("  {} = {}    # {}\n", key.name, value, from);
    }
  }
  for (std::size_t i = 0; i < reading.config.tokens.size(); ++i) {
    const TokenConfig& token = reading.config.tokens[i];
    text += fmt::format(
        "[[token]]    # {}\n  name = \"{}\", requests_per_minute = {}, most_open_jobs = {}\n",
        reading.token_sources[i], token.name, token.requests_per_minute, token.most_open_jobs);
  }
  return text;
}

}  // namespace pawfect
