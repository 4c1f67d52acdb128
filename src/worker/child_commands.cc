#include "worker/child_commands.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <iterator>

#include "cli/engines.h"
#include "shell/arguments.h"
#include "worker/child_process.h"
#include "worker/engine_child.h"
#include "worker/engine_process.h"
#include "worker/picture_child.h"

namespace pawfect {
namespace {

// The channel that this process was born with.
Result<ChildChannel> own_channel() {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(ChildProcess::kChannel, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_STREAM) {
    return fail(ErrorCode::kUsage,
                "this command is for the program itself; did you mean fill, or serve?");
  }
  fcntl(ChildProcess::kChannel, F_SETFD, FD_CLOEXEC);
  return ChildChannel(FileDescriptor(ChildProcess::kChannel));
}

constexpr const char* kSanitizers[] = {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
                                       "UBSAN_OPTIONS"};

}  // namespace

ChildProgram engine_child_program() {
  ChildProgram program;
  program.arguments = {kEngineChildCommand};
  // Where libraries, cards and caches are found; nothing that holds a secret.
  program.variables = {"HOME",  "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR",         "CUDA_",
                       "GGML_", "LC_",  "NVIDIA_",         "OMP_", "PAWFECT_MODELS", "VK_",
                       "XDG_"};
  program.variables.insert(program.variables.end(), std::begin(kSanitizers), std::end(kSanitizers));
  return program;
}

ChildProgram picture_child_program() {
  ChildProgram program;
  program.arguments = {kPictureChildCommand};
  program.variables = {"LANG", "LD_LIBRARY_PATH", "LC_"};
  program.variables.insert(program.variables.end(), std::begin(kSanitizers), std::end(kSanitizers));
  return program;
}

int run_engine_child(std::span<char* const>) {
  Result<ChildChannel> channel = own_channel();
  if (!channel) return print_error(channel.error());
  return serve_engine_child(*channel, built_in_engines());
}

int run_picture_child(std::span<char* const>) {
  Result<ChildChannel> channel = own_channel();
  if (!channel) return print_error(channel.error());
  return serve_picture_child(*channel, check_picture);
}

}  // namespace pawfect
