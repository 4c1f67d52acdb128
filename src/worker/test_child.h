// The child program of this room's tests (test_child/main.cc), as one of its modes.
#pragma once

#include <string>

#include "worker/child_process.h"

namespace pawfect::fakes {

inline ChildProgram test_child(const std::string& mode) {
  ChildProgram program;
  program.file = PAWFECT_TEST_CHILD;
  program.arguments = {mode};
  program.variables = {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "HOME", "XDG_"};
  return program;
}

}  // namespace pawfect::fakes
