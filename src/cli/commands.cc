#include "cli/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/suggest.h"

namespace pawfect {
namespace {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(std::span<char* const> arguments);
};

constexpr std::array kCommands{
    Command{"fill", "remove what a mask covers and fill in the background; one photo or a folder",
            run_fill_command},
    Command{"eval", "fill a folder of photos with known truth and measure how close it comes",
            run_eval_command},
};

int print_overview() {
  fmt::print("pawfect " PAWFECT_VERSION
             ": removes pets and things from photos and fills in the background\n\n");
  for (const Command& command : kCommands)
    fmt::print("  pawfect {:6} {}\n", command.name, command.summary);
  fmt::print(
      "\nTo begin:\n"
      "  pawfect fill --image photo.jpg --mask mask.png --out clean.jpg\n\n"
      "The mask is a picture in which white means fill. 'pawfect COMMAND --help' lists a command's "
      "options.\n");
  return 0;
}

int explain_unknown(const std::string& typed) {
  std::vector<std::string> names{"--help", "--version"};
  for (const Command& command : kCommands) names.emplace_back(command.name);
  const std::string meant = nearest_word(typed, names);
  const std::string hint = meant.empty() ? "" : fmt::format(" did you mean {}?", meant);
  return print_error(
      {ErrorCode::kUsage,
       fmt::format("there is no command '{}';{} 'pawfect' alone lists the commands", typed, hint)});
}

int dispatch(std::span<char* const> arguments) {
  const std::string_view first = arguments.empty() ? "--help" : arguments.front();
  if (first == "--help" || first == "-h" || first == "help") return print_overview();
  if (first == "--version" || first == "-V") {
    fmt::print("pawfect " PAWFECT_VERSION "\n");
    return 0;
  }
  const auto* command = std::ranges::find(kCommands, first, &Command::name);
  if (command == kCommands.end()) return explain_unknown(std::string(first));
  return command->run(arguments.subspan(1));
}

}  // namespace

int run_command_line(int argc, char** argv) {
  // Past a file size limit a write shall fail as on a full disk, not end the program.
  std::signal(SIGXFSZ, SIG_IGN);
  // Input never throws; what arrives here is exhaustion or a bug.
  try {
    return dispatch(std::span(argv, std::size_t(argc)).subspan(argc > 0 ? 1 : 0));
  } catch (const std::bad_alloc&) {
    return print_error(
        {ErrorCode::kBadInput,
         "there is not enough memory for this photo; give a smaller one, or bound the work with "
         "--max-memory or --max-megapixels"});
  } catch (const std::exception& problem) {
    return print_error(
        {ErrorCode::kBug, fmt::format("internal error: {}; please report it", problem.what())});
  }
}

}  // namespace pawfect
