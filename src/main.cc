#include "base/heap.h"
#include "models/commands.h"
#include "shell/commands.h"
#ifdef PAWFECT_PICTURES
#include "cli/commands.h"
#endif

namespace {

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
     pawfect::run_doctor_command},
};

}  // namespace

int main(int argc, char** argv) {
  pawfect::keep_freed_memory();
  return pawfect::run_command_line(kCommands, argc, argv);
}
