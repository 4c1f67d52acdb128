// The commands that look at weight files and compute with them, without pictures. They take what
// follows their name and return the exit status (shell/commands.h).
#pragma once

#include <span>

namespace pawfect {

// pawfect models ...
int run_models_command(std::span<char* const> arguments);

// pawfect doctor ...
int run_doctor_command(std::span<char* const> arguments);

int run_embed_command(std::span<char* const> arguments);
int run_info_command(std::span<char* const> arguments);
int run_list_command(std::span<char* const> arguments);
int run_quantize_command(std::span<char* const> arguments);
int run_verify_command(std::span<char* const> arguments);

}  // namespace pawfect
