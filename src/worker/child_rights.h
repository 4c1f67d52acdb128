// What a child gives up by itself, once it has started: address space, processor time, open files,
// and, for one that only looks at bytes, the system calls that it has no business with. All of it
// is for good and holds for every thread that is started later. Units: bytes, seconds.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/error.h"

namespace pawfect {

// Bytes that this process has mapped.
std::uint64_t mapped_bytes();
// Bytes that it has in memory, now and at most since the last reset_peak().
std::uint64_t resident_bytes();
std::uint64_t peak_resident_bytes();
void reset_peak_resident();

// Over what is mapped now.
Result<void> limit_more_memory(std::uint64_t bytes);

// From now on, rounded up to whole seconds; a later call begins anew. Behind it the system ends the
// process with SIGXCPU.
Result<void> limit_processor_time(Milliseconds time);

// Writes no file, opens few.
Result<void> limit_files(std::uint64_t open_files);

// No program, no socket, no file opened for writing, removed or renamed, no other process touched:
// such calls fail with EPERM. Where the system knows no filters, nothing happens.
void give_up_system_calls();

}  // namespace pawfect
