// Four floats at once: the channels of one pixel. A vector of the compiler's own, so that loads of
// a pixel are not held up by a possible overlap with its store; the same bits on every processor.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pawfect::texture {

using Four = float __attribute__((vector_size(16)));

inline Four load_four(const float* from) {
  Four four;
  std::memcpy(&four, from, sizeof four);
  return four;
}

// Four bytes, widened. Spelled out where it can be: g++ takes the bytes apart one by one. Never a
// function of its own: files for different processors use it.
[[gnu::always_inline]] inline Four load_four_bytes(const std::uint8_t* from) {
#if defined(__SSE2__)
  std::int32_t bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  const __m128i none = _mm_setzero_si128();
  const __m128i words = _mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), none);
  return _mm_cvtepi32_ps(_mm_unpacklo_epi16(words, none));
#else
  return Four{float(from[0]), float(from[1]), float(from[2]), float(from[3])};
#endif
}

// Sum of the absolute differences of four bytes.
inline int difference_of_four_bytes(const std::uint8_t* a, const std::uint8_t* b) {
#if defined(__SSE2__)
  std::int32_t four_a, four_b;
  std::memcpy(&four_a, a, sizeof four_a);
  std::memcpy(&four_b, b, sizeof four_b);
  return _mm_cvtsi128_si32(_mm_sad_epu8(_mm_cvtsi32_si128(four_a), _mm_cvtsi32_si128(four_b)));
#else
  int sum = 0;
  for (int c = 0; c < 4; ++c) sum += a[c] < b[c] ? b[c] - a[c] : a[c] - b[c];
  return sum;
#endif
}

inline void store_four(float* to, Four four) { std::memcpy(to, &four, sizeof four); }

}  // namespace pawfect::texture
