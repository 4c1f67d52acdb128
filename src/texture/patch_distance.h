// Distance of two 7x7 patches of 4-byte pixels: the sum of absolute differences over all 196 bytes
// (0..49 980). One patch is held ready and compared with many. A patch is named by the address of
// its upper left pixel; `step` is the row length in bytes; 32 bytes may be read from each row's
// start. Two twins that give the same number: plain, and AVX2, for files compiled with -mavx2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "texture/settings.h"

namespace pawfect::texture {

class PlainPatch {
 public:
  PlainPatch(const std::uint8_t* patch, std::ptrdiff_t step) : patch_(patch), step_(step) {}

  std::uint32_t distance_to(const std::uint8_t* other) const {
    std::uint32_t sum = 0;
    const std::uint8_t* mine = patch_;
    for (int row = 0; row < kPatchSide; ++row, mine += step_, other += step_) {
      for (int k = 0; k < 4 * kPatchSide; ++k)
        sum += std::uint32_t(std::abs(int(mine[k]) - int(other[k])));
    }
    return sum;
  }

 private:
  const std::uint8_t* patch_;
  std::ptrdiff_t step_;
};

#if defined(__AVX2__)
// The sum of four 64-bit sums, each below 2^16.
inline std::uint32_t sum_of_sums(__m256i sums) {
  const __m128i half =
      _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  return std::uint32_t(_mm_cvtsi128_si32(half)) + std::uint32_t(_mm_extract_epi32(half, 2));
}

inline __m256i load_row(const std::uint8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

class Avx2Patch {
 public:
  Avx2Patch(const std::uint8_t* patch, std::ptrdiff_t step)
      : seven_(_mm256_set_epi32(0, -1, -1, -1, -1, -1, -1, -1)), step_(step) {
    for (__m256i& row : rows_) row = _mm256_and_si256(seven_, load_row(patch)), patch += step;
  }

  std::uint32_t distance_to(const std::uint8_t* other) const {
    __m256i sums = _mm256_setzero_si256();
    for (const __m256i& row : rows_) {
      const __m256i seen = _mm256_and_si256(seven_, load_row(other));
      sums = _mm256_add_epi64(sums, _mm256_sad_epu8(row, seen));
      other += step_;
    }
    return sum_of_sums(sums);
  }

 private:
  __m256i rows_[kPatchSide];
  __m256i seven_;  // the eighth pixel of a load is not ours
  std::ptrdiff_t step_;
};
#endif

}  // namespace pawfect::texture
