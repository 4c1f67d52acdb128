#include "models/commands.h"

#include "shell/commands.h"

namespace pawfect {
namespace {

constexpr Command kCommands[] = {
    {"list", "the weight files of a folder, and what each is", run_list_command},
    {"info", "what a variant is made of, and the memory that its stages take", run_info_command},
    {"embed", "encode prompts into the cache, so that jobs need no text encoder",
     run_embed_command},
    {"quantize", "make a smaller weight file from one in F16, BF16 or F32", run_quantize_command},
    {"verify", "check a variant's files, or compare results with what another program recorded",
     run_verify_command},
};

}  // namespace

int run_models_command(std::span<char* const> arguments) {
  return run_one_of(kCommands, "pawfect models",
                    "pawfect models: looks at weight files, and checks what is computed with them",
                    "'pawfect models COMMAND --help' lists a command's options.", arguments);
}

}  // namespace pawfect
