#include "shell/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <vector>

#include "base/suggest.h"

namespace pawfect {
namespace {

// The whole text as a number, or nothing.
template <typename T>
std::optional<T> number_in(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return value;
}

// CLI11's way to tell that a value is refused; parse_arguments prints the message as it stands.
[[noreturn]] void refuse(const std::string& option, const std::string& found,
                         const std::string& allowed) {
  throw CLI::ValidationError(option, fmt::format("found '{}'; give {}", found, allowed));
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// The line for an argument that no option takes.
std::string explain_extra(const CLI::App& app, const std::string& argument) {
  const std::string help = fmt::format("'{} --help' lists the options", app.get_name());
  if (!argument.starts_with("-")) {
    return fmt::format("'{}' belongs to no option; files are given as --image FILE; {}", argument,
                       help);
  }
  const std::string typed = argument.substr(0, argument.find('='));
  const std::string meant = nearest_word(typed, option_names(app));
  if (meant.empty()) return fmt::format("there is no option {}; {}", typed, help);
  return fmt::format("there is no option {}; did you mean {}? {}", typed, meant, help);
}

std::string explain(const CLI::App& app, const CLI::ParseError& problem) {
  if (dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr) {
    for (const std::string& argument : app.remaining()) return explain_extra(app, argument);
  }
  std::string what = problem.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&problem) != nullptr) {
    // CLI11 says "--seed: 1 required N missing" or "--seed: At Most 1 required but received 2".
    const bool is_missing = what.ends_with("missing");
    what.resize(std::min(what.size(), what.find(':')));
    what += is_missing ? " needs a value behind it" : " is given more than once; give it once";
  }
  return fmt::format("{}; '{} --help' lists the options", what, app.get_name());
}

}  // namespace

int print_error(const Error& error) {
  std::string line = error.message;
  for (char& letter : line) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  }
  fmt::print(stderr, "pawfect: {}\n", line);
  return int(error.code);
}

CLI::Option* add_whole_number(CLI::App& app, const std::string& name, std::int64_t lowest,
                              std::int64_t highest, const std::function<void(std::int64_t)>& take,
                              const std::string& help) {
  const auto parse = [=](const std::string& text) {
    const std::optional<std::int64_t> value = number_in<std::int64_t>(text);
    if (!value || *value < lowest || *value > highest) {
      refuse(name, text, fmt::format("a whole number from {} to {}", lowest, highest));
    }
    take(*value);
  };
  return app.add_option_function<std::string>(name, parse, help)->type_name("N");
}

CLI::Option* add_seed(CLI::App& app, const std::string& name, std::uint64_t& target,
                      const std::string& help) {
  const auto parse = [name, &target](const std::string& text) {
    const std::optional<std::uint64_t> value = number_in<std::uint64_t>(text);
    if (!value) refuse(name, text, "a whole number from 0 to 18446744073709551615");
    target = *value;
  };
  return app.add_option_function<std::string>(name, parse, help)->type_name("N");
}

CLI::Option* add_real_number(CLI::App& app, const std::string& name, double lowest, double highest,
                             const std::function<void(double)>& take, const std::string& help) {
  const auto parse = [=](const std::string& text) {
    const std::optional<double> value = number_in<double>(text);
    // Written so that "nan" is refused too.
    if (!value || !(*value >= lowest && *value <= highest)) {
      refuse(name, text, fmt::format("a number from {:g} to {:g}", lowest, highest));
    }
    take(*value);
  };
  return app.add_option_function<std::string>(name, parse, help)->type_name("X");
}

CLI::Option* add_path(CLI::App& app, const std::string& name, std::filesystem::path& target,
                      const std::string& help) {
  const auto parse = [name, &target](const std::string& text) {
    if (text.empty()) refuse(name, text, "the name of a file or a folder");
    target = text;
  };
  return app.add_option_function<std::string>(name, parse, help)->type_name("PATH");
}

std::optional<int> parse_arguments(CLI::App& app, std::span<char* const> arguments) {
  try {
    // CLI11 takes the arguments last first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return 0;
  } catch (const CLI::ParseError& problem) {
    return print_error({ErrorCode::kUsage, explain(app, problem)});
  }
}

}  // namespace pawfect
