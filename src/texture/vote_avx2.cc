// Compiled with -mavx2; called only where the processor has it. Empty elsewhere.
#include "texture/vote_body.h"

#if defined(PAWFECT_HAS_AVX2)
#include <immintrin.h>

namespace pawfect::texture {
namespace {

__m128 one_pixel(const std::uint8_t* from) {
  return _mm_cvtepi32_ps(_mm_cvtepu8_epi32(_mm_loadu_si32(from)));
}
__m256 two_pixels(const std::uint8_t* from) {
  return _mm256_cvtepi32_ps(
      _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}

// Pixels i and i + 1 at once: six of the seven patches of a row that lie over one lie over the
// other, too, and propose two neighbours. Each pixel's sums are formed in the same order as alone,
// and a weight of 0 changes no bit of a sum.
void vote_pair(const VoteView& v, int i) {
  __m256 sum = _mm256_setzero_ps(), total = _mm256_setzero_ps();
  const __m128 nothing = _mm_setzero_ps();
  for (int dy = -kPatchRadius; dy <= kPatchRadius; ++dy) {
    const int row = dy * v.stride;
    const std::int32_t* source = v.source + i + row;
    const float* weight = v.weight + i + row;
    if (const int s = source[-kPatchRadius]; s >= 0) {  // over the first only
      const __m128 w = _mm_broadcast_ss(weight - kPatchRadius);
      const __m128 seen = one_pixel(v.pixels + 4 * std::ptrdiff_t(s - row + kPatchRadius));
      sum = _mm256_add_ps(sum, _mm256_set_m128(nothing, _mm_mul_ps(w, seen)));
      total = _mm256_add_ps(total, _mm256_set_m128(nothing, w));
    }
    for (int dx = 1 - kPatchRadius; dx <= kPatchRadius; ++dx) {
      const int s = source[dx];
      if (s < 0) continue;
      const __m256 w = _mm256_broadcast_ss(weight + dx);
      const __m256 seen = two_pixels(v.pixels + 4 * std::ptrdiff_t(s - row - dx));
      sum = _mm256_add_ps(sum, _mm256_mul_ps(w, seen));
      total = _mm256_add_ps(total, w);
    }
    if (const int s = source[kPatchRadius + 1]; s >= 0) {  // over the second only
      const __m128 w = _mm_broadcast_ss(weight + kPatchRadius + 1);
      const __m128 seen = one_pixel(v.pixels + 4 * std::ptrdiff_t(s - row - kPatchRadius));
      sum = _mm256_add_ps(sum, _mm256_set_m128(_mm_mul_ps(w, seen), nothing));
      total = _mm256_add_ps(total, _mm256_set_m128(w, nothing));
    }
  }
  const __m256 inverse = _mm256_div_ps(_mm256_set1_ps(1.0f), total);
  const __m256 value = _mm256_min_ps(
      _mm256_add_ps(_mm256_mul_ps(sum, inverse), _mm256_set1_ps(0.5f)), _mm256_set1_ps(255.0f));
  const __m256i whole = _mm256_cvttps_epi32(value);
  const __m128i words =
      _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  const __m128i bytes = _mm_packus_epi16(words, words);
  std::uint8_t* out = v.pixels + 4 * std::ptrdiff_t(i);
  // A pixel that no patch lies over keeps its bytes.
  if (_mm256_cvtss_f32(total) > 0) _mm_storeu_si32(out, bytes);
  if (_mm_cvtss_f32(_mm256_extractf128_ps(total, 1)) > 0)
    _mm_storeu_si32(out + 4, _mm_srli_epi64(bytes, 32));
}

}  // namespace

void vote_pixels_avx2(const VoteView& v, const std::int32_t* hole_pixels, int count) {
  for (int k = 0; k < count; ++k) {
    const int i = hole_pixels[k], y = i / v.stride, x = i - y * v.stride;
    const bool is_pair = k + 1 < count && hole_pixels[k + 1] == i + 1;
    const bool is_inside = x >= kPatchRadius && x + 1 + kPatchRadius < v.width &&
                           y >= kPatchRadius && y + kPatchRadius < v.height;
    if (is_pair && is_inside) {
      vote_pair(v, i);
      ++k;
    } else {
      vote_pixel(v, i);
    }
  }
}

}  // namespace pawfect::texture
#endif
