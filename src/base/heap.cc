#include "base/heap.h"

#include <cstdint>
#include <cstdlib>

#if defined(__GLIBC__) && defined(__linux__)  // told by any header of the C library
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace pawfect {

#if defined(__GLIBC__) && defined(__linux__)

void keep_freed_memory() {
  constexpr int kMiB = 1 << 20;
  constexpr std::uintptr_t kHugePage = 2 * std::uintptr_t{kMiB};
  // The heap grows in large steps of address space; a page costs memory only once it is written.
  constexpr int kStep = 256 * kMiB;
  mallopt(M_MMAP_THRESHOLD, 32 * kMiB);
  mallopt(M_TRIM_THRESHOLD, kStep);
  mallopt(M_TOP_PAD, kStep);
  mallopt(M_ARENA_MAX, 1);  // the decoders' threads share it: they hold a few rows at a time
  char* const first = static_cast<char*>(std::malloc(kMiB));  // makes the heap take its first step
  if (!first) return;
  const char* const end = static_cast<char*>(sbrk(0));
  char* const begin = first + (0 - reinterpret_cast<std::uintptr_t>(first)) % kHugePage;
  // Only a wish: the kernel may have huge pages switched off, and then all works as before.
  if (begin < end) {
    const auto length = std::uintptr_t(end - begin) / kHugePage * kHugePage;
    if (length > 0) madvise(begin, length, MADV_HUGEPAGE);
  }
  std::free(first);
}

#else

void keep_freed_memory() {}

#endif

}  // namespace pawfect
