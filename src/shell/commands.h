// The command line: finds the command that is meant and runs it. Which commands there are is told
// by the program (main.cc): a build without the picture libraries has fewer.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pawfect {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(std::span<char* const> arguments);  // with what follows its name
};

// One of `commands` by the first of `arguments`; `program` is what was typed before it ("pawfect
// models"). Without arguments, or with --help, lists the commands between `intro` and `outro`.
int run_one_of(std::span<const Command> commands, std::string_view program, std::string_view intro,
               std::string_view outro, std::span<char* const> arguments);

// Returns the exit status: 0 done, 1 a check found a difference, 2 usage, 3 bad input, 4 mask
// rejected, 5 model missing or refused, 6 cancelled, 70 bug; a batch returns the number of photos
// that failed (63 at most).
int run_command_line(std::span<const Command> commands, int argc, char** argv);

}  // namespace pawfect
