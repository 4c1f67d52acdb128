// PAWFECT_CLONES before a function with plain loops: the compiler makes it twice, for AVX2 and for
// any x86-64, and the loader picks. Both give the same bits: no FMA, no reordering. Empty where the
// loader cannot do it (other processors) or sanitizers get in its way.
#pragma once

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PAWFECT_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define PAWFECT_CLONES
#endif
