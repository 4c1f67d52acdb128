// Distance of two 7x7 patches of 4-byte pixels: the sum of absolute differences over all 196 bytes
// (0..49 980). A patch is named by the address of its upper left pixel; `step` is the row length in
// bytes; 32 bytes may be read from each row's start. Two twins that give the same number: plain,
// and AVX2, for files compiled with -mavx2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "texture/settings.h"

namespace pawfect::texture {

struct PlainDistance {
  static std::uint32_t of(const std::uint8_t* a, const std::uint8_t* b, std::ptrdiff_t step) {
    std::uint32_t sum = 0;
    for (int row = 0; row < kPatchSide; ++row, a += step, b += step) {
      for (int k = 0; k < 4 * kPatchSide; ++k)
        sum += std::uint32_t(std::abs(int(a[k]) - int(b[k])));
    }
    return sum;
  }
};

#if defined(__AVX2__)
struct Avx2Distance {
  static std::uint32_t of(const std::uint8_t* a, const std::uint8_t* b, std::ptrdiff_t step) {
    const __m256i seven =
        _mm256_set_epi32(0, -1, -1, -1, -1, -1, -1, -1);  // the eighth pixel is not ours
    __m256i sum = _mm256_setzero_si256();
    for (int row = 0; row < kPatchSide; ++row, a += step, b += step) {
      const __m256i va = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a));
      const __m256i vb = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b));
      sum = _mm256_add_epi64(
          sum, _mm256_sad_epu8(_mm256_and_si256(seven, va), _mm256_and_si256(seven, vb)));
    }
    const __m128i half =
        _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    return std::uint32_t(_mm_cvtsi128_si32(half)) + std::uint32_t(_mm_extract_epi32(half, 2));
  }
};
#endif

}  // namespace pawfect::texture
