// The child program of this room's tests (test_child/main.cc), as one of its modes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "worker/child_process.h"

namespace pawfect::fakes {

inline ChildProgram test_child(const std::string& mode) {
  ChildProgram program;
  program.file = PAWFECT_TEST_CHILD;
  program.arguments = {mode};
  program.variables = {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "HOME", "XDG_"};
  return program;
}

// Of this process, as the system sees them.
inline std::vector<pid_t> children_here() {
  std::vector<pid_t> children;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

// Bytes that a process has in memory.
inline std::size_t memory_of(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  std::string word;
  std::size_t size = 0;
  while (status >> word)
    if (word == "VmRSS:" && status >> size) break;
  return size * 1024;
}

}  // namespace pawfect::fakes
