#include <span>

#include "base/heap.h"
#include "models/commands.h"
#include "shell/commands.h"
#ifdef PAWFECT_PICTURES
#include "cli/commands.h"
#include "service/doctor_config.h"
#endif

namespace {

int run_doctor(std::span<char* const> arguments) {
#ifdef PAWFECT_PICTURES  // and with them the service, whose configuration it looks at too
  if (const auto ended = pawfect::run_config_doctor(arguments)) return *ended;
#endif
  return pawfect::run_doctor_command(arguments);
}

constexpr pawfect::Command kCommands[] = {
#ifdef PAWFECT_PICTURES
    {"fill", "remove what a mask covers and fill in the background; one photo or a folder",
     pawfect::run_fill_command},
    {"eval", "fill a folder of photos with known truth and measure how close it comes",
     pawfect::run_eval_command},
#endif
    {"models", "look at weight files, and check what is computed with them",
     pawfect::run_models_command},
    {"doctor", "tell what this machine can compute with, and where a model's operations run",
     run_doctor},
};

}  // namespace

int main(int argc, char** argv) {
  pawfect::keep_freed_memory();
  return pawfect::run_command_line(kCommands, argc, argv);
}
