// The commands that read and write pictures, each with what follows its name. They return the exit
// status (shell/commands.h).
#pragma once

#include <span>

namespace pawfect {

int run_fill_command(std::span<char* const> arguments);
int run_eval_command(std::span<char* const> arguments);

}  // namespace pawfect
