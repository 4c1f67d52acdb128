// The child program of this room's tests: the real children's code with engines and decoders that
// do what the prompt, or the picture's bytes, tell them to.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/engines.h"
#include "fill/fake_engines.h"
#include "worker/child_process.h"
#include "worker/engine_child.h"
#include "worker/picture_child.h"

namespace pawfect {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void spin() {
  volatile unsigned turns = 0;
  while (true) turns = turns + 1;
}

[[noreturn]] void allocate() {
  std::vector<std::unique_ptr<char[]>> all;
  while (true) {
    constexpr std::size_t kPiece = 16 << 20;
    all.push_back(std::make_unique_for_overwrite<char[]>(kPiece));
    std::memset(all.back().get(), 1, kPiece);
  }
}

// Prompts: "sleep MS STEPS", "deaf MS" (hears no cancel, tells no progress), "crash", "spin",
// "throw", "bad_alloc", "reject", "bad", "missing", "bug", "exit", "once FILE" (crashes unless
// FILE is there, which it makes); all else succeeds at once.
Result<FillResult> behave(const FillRequest& request, const JobControl& control) {
  std::istringstream words(request.prompt);
  std::string what;
  words >> what;
  if (what == "sleep") {
    int time = 0, steps = 1;
    words >> time >> steps;
    for (int step = 0; step < steps; ++step) {
      control.report("steps", double(step) / steps);
      const auto end = std::chrono::steady_clock::now() + milliseconds(time / steps);
      while (std::chrono::steady_clock::now() < end) {
        if (control.is_cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
        std::this_thread::sleep_for(milliseconds(2));
      }
    }
  }
  if (what == "deaf") {
    int time = 0;
    words >> time;
    std::this_thread::sleep_for(milliseconds(time));
  }
  if (what == "once") {
    std::string file;
    words >> file;
    if (!std::filesystem::exists(file)) {
      std::ofstream(file) << "x";
      std::raise(SIGSEGV);
    }
  }
  if (what == "crash") std::raise(SIGSEGV);
  if (what == "exit") _exit(3);
  if (what == "spin") spin();
  if (what == "throw") throw std::runtime_error("something odd");
  if (what == "bad_alloc") throw std::bad_alloc();
  if (what == "reject") return fail(ErrorCode::kMaskRejected, "mask: nothing usable around it");
  if (what == "bad") return fail(ErrorCode::kBadInput, "image: is damaged");
  if (what == "missing") return fail(ErrorCode::kModelMissing, "model: is not here");
  if (what == "bug") return fail(ErrorCode::kBug, "an engine's mistake");
  return fakes::constant_fill(77)(request, control);
}

EngineRegistry test_engines() {
  EngineRegistry registry = built_in_engines();
  registry.add("fake", "does what its prompt says",
               [](const EngineSetup& setup) -> Result<std::unique_ptr<FillEngine>> {
                 if (setup.variant == "missing")
                   return fail(ErrorCode::kModelMissing, "variant missing: its files are not here");
                 if (setup.variant == "crash") std::raise(SIGSEGV);
                 return std::make_unique<fakes::FakeEngine>(behave);
               });
  registry.add(
      "short", "works only at a small working size",
      [](const EngineSetup& setup) -> Result<std::unique_ptr<FillEngine>> {
        const bool fits = setup.working_size != 0;
        return std::make_unique<fakes::FakeEngine>(
            [fits](const FillRequest& request, const JobControl& control) -> Result<FillResult> {
              if (fits) return fakes::constant_fill(77)(request, control);
              return fail(ErrorCode::kModelMissing, "backend: not enough memory");
            });
      });
  return registry;
}

// Files that begin with "POISON " and what is to happen; all else is looked at as always.
Result<CheckedPicture> poisoned_check(std::span<const std::uint8_t> file,
                                      const PictureRequest& request) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with("POISON abort")) std::abort();
  if (text.starts_with("POISON crash")) std::raise(SIGSEGV);
  if (text.starts_with("POISON spin")) spin();
  if (text.starts_with("POISON sleep")) std::this_thread::sleep_for(std::chrono::hours(1));
  if (text.starts_with("POISON wait")) std::this_thread::sleep_for(milliseconds(300));
  if (text.starts_with("POISON allocate")) allocate();
  if (text.starts_with("POISON malloc")) {
    // As C libraries do it: no memory ends the process.
    while (true) {
      void* const piece = std::malloc(16 << 20);
      if (piece == nullptr) std::abort();
      std::memset(piece, 1, 16 << 20);
    }
  }
  if (text.starts_with("POISON write") &&
      std::ofstream("/tmp/pawfect-poison-was-written").is_open())
    return CheckedPicture{"PNG", 1, 1};
  if (text.starts_with("POISON run") && execl("/bin/true", "true", nullptr) != 0)
    return fail(ErrorCode::kBadInput, "no program was run");
  if (text.starts_with("POISON wait")) return CheckedPicture{"PNG", 1, 1};
  return check_picture(file, request);
}

// Tells what it was born with, then sends back what it hears.
int echo(ChildChannel& channel) {
  rlimit files{}, core{};
  getrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_CORE, &core);
  std::ostringstream born;
  born << "files " << files.rlim_cur << " core " << core.rlim_cur << " open";
  for (int file = 0; file < 1024; ++file)
    if (fcntl(file, F_GETFD) >= 0) born << " " << file;
  born << " variables";
  for (char** entry = environ; *entry != nullptr; ++entry) born << " " << *entry;
  channel.send(born.str());
  while (true) {
    ChildMessage message;
    const Heard heard = channel.receive(message, milliseconds(60'000));
    if (heard != Heard::kMessage) return 0;
    if (message.text == "crash") std::raise(SIGSEGV);
    if (message.text == "stay") std::this_thread::sleep_for(std::chrono::hours(1));
    if (message.text == "nonsense") {
      const unsigned char huge[4] = {0xff, 0xff, 0xff, 0xff};
      if (write(ChildProcess::kChannel, huge, 4) != 4) return 1;
      continue;
    }
    std::vector<int> files_back;
    for (const FileDescriptor& file : message.files) files_back.push_back(file.get());
    channel.send(message.text, files_back);
  }
}

}  // namespace
}  // namespace pawfect

int main(int argc, char** argv) {
  using namespace pawfect;
  const std::string_view mode = argc > 1 ? argv[1] : "";
  ChildChannel channel{FileDescriptor(ChildProcess::kChannel)};
  if (mode == "engine-child") return serve_engine_child(channel, test_engines());
  if (mode == "picture-child") return serve_picture_child(channel, poisoned_check);
  if (mode == "echo") return echo(channel);
  return 2;
}
