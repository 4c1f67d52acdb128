// What this process takes of the machine, from /proc. Safe from any thread.
#pragma once

#include <cstdint>

namespace pawfect {

struct ProcessUsage {
  std::uint64_t resident_bytes = 0;
  double cpu_seconds = 0;  // user and system, of all threads
  int open_files = 0;
  std::uint64_t most_open_files = 0;
};

// What cannot be told is 0.
ProcessUsage process_usage();

}  // namespace pawfect
