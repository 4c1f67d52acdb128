// ChildProcess: a program that runs beside this one with a channel to it and nothing else: no other
// open file, only the environment that is named, no new rights, limits from its first instruction
// on. It dies with the thread that started it, so it is to be started from one that lives as long.
// Owns the process: it is ended and reaped at the latest in the destructor. Belongs to one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "worker/child_channel.h"

namespace pawfect {

// Empty: as this process has it. No child leaves a core file.
struct ChildLimits {
  std::optional<std::uint64_t> address_space = {};  // bytes
  std::optional<std::uint64_t> processor_s = {};    // of all its life
  std::optional<std::uint64_t> file_bytes = {};     // of a file that it writes
  std::optional<std::uint64_t> open_files = {};
};

struct ChildProgram {
  std::filesystem::path file = "/proc/self/exe";  // this very program
  std::vector<std::string> arguments = {};        // after its name
  // Variables that it gets, by name, or by the beginning when it ends in '_'.
  std::vector<std::string> variables = {};
  ChildLimits limits = {};
};

// How a process ended.
struct ChildEnd {
  int status = 0;  // when it ended by itself
  int signal = 0;  // 0: it ended by itself

  // "was ended by signal 11 (Segmentation fault)", "ended with status 1".
  std::string text() const;
};

class ChildProcess {
 public:
  // Where the child finds its end of the channel.
  static constexpr int kChannel = 3;

  // Error (kUnavailable): the system refuses another process, or there is no such program.
  static Result<std::unique_ptr<ChildProcess>> start(const ChildProgram& program);

  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  ChildChannel& channel() { return channel_; }
  pid_t id() const { return id_; }

  // How it ended; empty: it still runs after `time`.
  std::optional<ChildEnd> wait(Milliseconds time);
  // Closes the channel, which asks it to end, and kills it after `grace`.
  ChildEnd end(Milliseconds grace);
  ChildEnd kill();

 private:
  ChildProcess(pid_t id, FileDescriptor socket) : id_(id), channel_(std::move(socket)) {}

  pid_t id_;
  ChildChannel channel_;
  std::optional<ChildEnd> ended_;
};

}  // namespace pawfect
