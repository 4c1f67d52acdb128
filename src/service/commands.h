// The commands of the service, each with what follows its name. They return the exit status
// (shell/commands.h).
#pragma once

#include <span>

namespace pawfect {

// Everything in one process: API, worker, labeler.
int run_serve_command(std::span<char* const> arguments);
// The same, apart.
int run_api_command(std::span<char* const> arguments);
int run_worker_command(std::span<char* const> arguments);
int run_labeler_command(std::span<char* const> arguments);

// pawfect jobs ...
int run_jobs_command(std::span<char* const> arguments);

}  // namespace pawfect
