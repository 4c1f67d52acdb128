// Which of two twins of an inner loop runs: the one for AVX2 (files named *_avx2.cc, called only
// where the processor has it) or the plain one. Both give the same bits; tests compare them.
#pragma once

namespace pawfect::texture {

enum class Kernel { kFastest, kPlain };

inline bool runs_avx2(Kernel kernel) {
#if defined(PAWFECT_HAS_AVX2)
  return kernel == Kernel::kFastest && __builtin_cpu_supports("avx2");
#else
  (void)kernel;
  return false;
#endif
}

}  // namespace pawfect::texture
