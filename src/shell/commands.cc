#include "shell/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.h"
#include "shell/arguments.h"

namespace pawfect {
namespace {

constexpr std::string_view kProgram = "pawfect";
constexpr std::string_view kIntro =
    "pawfect " PAWFECT_VERSION ": removes pets and things from photos and fills in the background";
constexpr std::string_view kOutro =
    "To begin:\n"
    "  pawfect fill --image photo.jpg --mask mask.png --out clean.jpg\n\n"
    "The mask is a picture in which white means fill. 'pawfect COMMAND --help' lists a command's "
    "options.";

int print_overview(std::span<const Command> commands, std::string_view program,
                   std::string_view intro, std::string_view outro) {
  fmt::print("{}\n\n", intro);
  std::size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.name.size());
  for (const Command& command : commands)
    fmt::print("  {} {:<{}}  {}\n", program, command.name, width, command.summary);
  if (!outro.empty()) fmt::print("\n{}\n", outro);
  return 0;
}

int explain_unknown(std::span<const Command> commands, std::string_view program,
                    const std::string& typed) {
  std::vector<std::string> names{"--help"};
  if (program == kProgram) names.emplace_back("--version");
  for (const Command& command : commands) names.emplace_back(command.name);
  const std::string meant = nearest_word(typed, names);
  const std::string hint = meant.empty() ? "" : fmt::format(" did you mean {}?", meant);
  return print_error(
      {ErrorCode::kUsage, fmt::format("there is no command '{}';{} '{}' alone lists the commands",
                                      typed, hint, program)});
}

int dispatch(std::span<const Command> commands, std::span<char* const> arguments) {
  const std::string_view first = arguments.empty() ? "" : arguments.front();
  if (first == "--version" || first == "-V") {
    fmt::print("pawfect " PAWFECT_VERSION "\n");
    return 0;
  }
  const bool fills = std::ranges::find(commands, "fill", &Command::name) != commands.end();
  return run_one_of(commands, kProgram, kIntro, fills ? kOutro : "", arguments);
}

}  // namespace

int run_one_of(std::span<const Command> commands, std::string_view program, std::string_view intro,
               std::string_view outro, std::span<char* const> arguments) {
  const std::string_view first = arguments.empty() ? "--help" : arguments.front();
  if (first == "--help" || first == "-h" || first == "help")
    return print_overview(commands, program, intro, outro);
  const auto command = std::ranges::find(commands, first, &Command::name);
  if (command == commands.end()) return explain_unknown(commands, program, std::string(first));
  return command->run(arguments.subspan(1));
}

int run_command_line(std::span<const Command> commands, int argc, char** argv) {
  // Past a file size limit a write shall fail as on a full disk, not end the program.
  std::signal(SIGXFSZ, SIG_IGN);
  // Input never throws; what arrives here is exhaustion or a bug.
  try {
    return dispatch(commands, std::span(argv, std::size_t(argc)).subspan(argc > 0 ? 1 : 0));
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
