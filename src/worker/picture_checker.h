// PictureChecker: looks at pictures from outside in child processes with little memory, little time
// and no rights, so that whatever a file does to a decoder is done to the child. A child is used
// again while it behaves; one that dies, hangs or is used up is replaced. Safe from any thread;
// calls wait for a free child. Errors of check: kBadInput with what is wrong with the picture (also
// when it killed or overran its child), kUnavailable when no child can be started.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "image/limits.h"
#include "worker/child_process.h"

namespace pawfect {

struct CheckLimits {
  ImageLimits image = {};
  int children = 2;
  Milliseconds time{20'000};          // for one picture
  std::uint64_t memory = 1ull << 30;  // bytes of address space beyond the child's start
};

// This program, as `pawfect picture-child`.
ChildProgram picture_child_program();

struct CheckedPicture {
  std::string container;      // "JPEG"
  int width = 0, height = 0;  // upright
};

class PictureChecker {
 public:
  enum class As { kPhoto, kMask };

  // Starts no child yet; the first check does.
  explicit PictureChecker(CheckLimits limits, ChildProgram program = picture_child_program());
  ~PictureChecker();

  // The file is decoded whole. `file` is a descriptor that can be mapped; `name` is the field for
  // messages ("image").
  Result<CheckedPicture> check(int file, As what, std::string_view name);

 private:
  class Children;
  std::unique_ptr<Children> children_;
};

}  // namespace pawfect
