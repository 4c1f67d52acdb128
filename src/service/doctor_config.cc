#include "service/doctor_config.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "base/suggest.h"
#include "config/config_reference.h"
#include "shell/arguments.h"

// All of them; declared by POSIX nowhere.
extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace pawfect {
namespace {

constexpr const char* kHelp =
    "pawfect doctor --config FILE: checks the service's configuration and tells what is set, and\n"
    "where each value comes from. An empty FILE stands for the environment alone. Exit status 2\n"
    "when something is wrong. --config-reference prints docs/configuration.md, --config-example a\n"
    "file with every key.\n\n";

struct ConfigDoctor {
  std::filesystem::path file;
  bool wants_reference = false, wants_example = false;
};

// Variables that look like ours and are none: a typing error in one changes nothing and says
// nothing otherwise.
void note_unknown_variables() {
  std::vector<std::string> known;
  for (const ConfigKey& key : config_keys()) known.push_back(variable_name(key));
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string name(text.substr(0, text.find('=')));
    const bool is_ours = std::ranges::any_of(config_sections(), [&](const ConfigSection& section) {
      const ConfigKey any{.section = section.name, .name = {}, .form = {}, .place = {}, .help = {}};
      return name.starts_with(variable_name(any));
    });
    if (!is_ours || std::ranges::find(known, name) != known.end()) continue;
    const std::string nearest = nearest_word(name, known);
    fmt::print(stderr, "note: {}: no key has this variable{}\n", name,
               nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
  }
}

int look_at(const std::filesystem::path& file) {
  const auto reading = read_config(file, process_environment);
  if (!reading) return print_error(reading.error());
  fmt::print("{}", config_report(*reading));
  std::fflush(stdout);
  for (const std::string& warning : reading->warnings) fmt::print(stderr, "note: {}\n", warning);
  note_unknown_variables();
  return 0;
}

}  // namespace

std::optional<int> run_config_doctor(std::span<char* const> arguments) {
  const auto has = [&](auto is_it) { return std::ranges::any_of(arguments, is_it); };
  if (has([](std::string_view word) { return word == "--help" || word == "-h"; })) {
    fmt::print("{}", kHelp);
    return std::nullopt;
  }
  if (!has([](std::string_view word) { return word.starts_with("--config"); })) return std::nullopt;

  CLI::App app("Checks the service's configuration.", "pawfect doctor");
  ConfigDoctor doctor;
  auto* file = app.add_option("--config", doctor.file, "the file; empty: the environment alone");
  app.add_flag("--config-reference", doctor.wants_reference, "print docs/configuration.md");
  app.add_flag("--config-example", doctor.wants_example, "print a file with every key");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  if (doctor.wants_reference) fmt::print("{}", config_reference());
  if (doctor.wants_example) fmt::print("{}", config_example());
  return file->count() == 0 ? 0 : look_at(doctor.file);
}

}  // namespace pawfect
