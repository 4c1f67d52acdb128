#include "cli/commands.h"

int main(int argc, char** argv) { return pawfect::run_command_line(argc, argv); }
