// The command line: finds the command that is meant and runs it.
#pragma once

#include <span>

namespace pawfect {

// Returns the exit status: 0 done, 2 usage, 3 bad input, 4 mask rejected, 5 model missing or
// refused, 6 cancelled, 70 bug; a batch returns the number of photos that failed (63 at most).
int run_command_line(int argc, char** argv);

// The commands, each with what follows its name.
int run_fill_command(std::span<char* const> arguments);
int run_eval_command(std::span<char* const> arguments);

}  // namespace pawfect
