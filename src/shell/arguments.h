// What every command does with its arguments: numbers with a range, one helpful line for a mistake
// with the nearest right option named, --help. Built on CLI11, whose exceptions end here. Used once
// at start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pawfect {

// Prints "pawfect: MESSAGE" on stderr as one line (control characters, which file names may hold,
// become
// '?') and returns the exit status of the code.
int print_error(const Error& error);

// An option whose value is a whole number within [lowest, highest]; `take` gets it.
CLI::Option* add_whole_number(CLI::App& app, const std::string& name, std::int64_t lowest,
                              std::int64_t highest, const std::function<void(std::int64_t)>& take,
                              const std::string& help);

// The same for seeds: any 64-bit number without sign.
CLI::Option* add_seed(CLI::App& app, const std::string& name, std::uint64_t& target,
                      const std::string& help);

// The same for a number with a fraction.
CLI::Option* add_real_number(CLI::App& app, const std::string& name, double lowest, double highest,
                             const std::function<void(double)>& take, const std::string& help);

// An option that names a file or a folder; an empty name is refused.
CLI::Option* add_path(CLI::App& app, const std::string& name, std::filesystem::path& target,
                      const std::string& help);

// Parses what follows the command's name. Returns the exit status when the command ends here
// (--help: 0, a mistake: kUsage with its line printed), nothing when it should go on.
std::optional<int> parse_arguments(CLI::App& app, std::span<char* const> arguments);

}  // namespace pawfect
