#include "base/heap.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  pawfect::keep_freed_memory();
  return pawfect::run_command_line(argc, argv);
}
