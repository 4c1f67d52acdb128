#include <span>

#include "base/heap.h"
#include "models/commands.h"
#include "shell/commands.h"
#ifdef PAWFECT_PICTURES
#include "cli/commands.h"
#include "service/commands.h"
#include "service/doctor_config.h"
#include "worker/child_commands.h"
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
    {"serve", "run the service in one process: HTTP API, worker, labeler",
     pawfect::run_serve_command},
    {"api", "run the service's HTTP API apart", pawfect::run_api_command},
    {"worker", "run a worker of the service apart", pawfect::run_worker_command},
    {"labeler", "run the service's labeler apart", pawfect::run_labeler_command},
    {"jobs", "look at the service's jobs and move them by hand", pawfect::run_jobs_command},
#endif
    {"models", "look at weight files, and check what is computed with them",
     pawfect::run_models_command},
    {"doctor", "tell what this machine can compute with, and where a model's operations run",
     run_doctor},
};

#ifdef PAWFECT_PICTURES
// Commands under which the service starts this program again; they are for nobody else.
constexpr pawfect::Command kChildren[] = {
    {pawfect::kEngineChildCommand, "", pawfect::run_engine_child},
    {pawfect::kPictureChildCommand, "", pawfect::run_picture_child},
};
#endif

}  // namespace

int main(int argc, char** argv) {
  pawfect::keep_freed_memory();
#ifdef PAWFECT_PICTURES
  for (const pawfect::Command& child : kChildren) {
    if (argc > 1 && child.name == argv[1]) return child.run({argv + 2, std::size_t(argc - 2)});
  }
#endif
  return pawfect::run_command_line(kCommands, argc, argv);
}
