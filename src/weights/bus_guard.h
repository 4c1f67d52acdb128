// GuardedRange: while it lives, a SIGBUS inside its address range does not kill the process. A
// mapped file that shrinks, or whose disk fails, raises SIGBUS at the next touch of a lost page;
// the handler puts zeros there, from that page to the end of the range, and marks the range as hit.
//
// This is the one process-wide thing of the room: the first range installs a SIGBUS handler, which
// stays. It is async-signal-safe: a fixed table of atomics, no lock, no allocation. A SIGBUS
// outside all ranges goes on to the handler that was there before. Thread-safe; a range itself is
// owned by one thread at a time. Addresses and sizes in bytes.
#pragma once

#include <cstddef>

#include "base/error.h"

namespace pawfect {

class GuardedRange {
 public:
  static constexpr std::size_t kMost = 256;  // ranges at one time

  GuardedRange() = default;  // guards nothing
  ~GuardedRange();
  GuardedRange(GuardedRange&& other) noexcept;
  GuardedRange& operator=(GuardedRange&& other) noexcept;
  GuardedRange(const GuardedRange&) = delete;
  GuardedRange& operator=(const GuardedRange&) = delete;

  // Guards `bytes` bytes from `begin`, which is the start of a page of a file mapping. The range
  // must be given up before the memory is unmapped. Errors (kModelMissing): all places taken, the
  // system refuses the handler.
  static Result<GuardedRange> watch(const void* begin, std::size_t bytes);

  // Whether zeros stand in for lost pages.
  bool was_hit() const;

 private:
  explicit GuardedRange(std::size_t place) : place_(place) {}

  std::size_t place_ = kMost;  // kMost: none
};

}  // namespace pawfect
