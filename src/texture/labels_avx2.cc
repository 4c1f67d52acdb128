// Compiled with -mavx2; called only where the processor has it. Empty elsewhere.
#include "texture/labels_body.h"

#if defined(PAWFECT_HAS_AVX2)
#include <immintrin.h>

namespace pawfect::texture {
namespace {

// Two neighbours in the memory of pixels, one in each half of the register.
__m128i two_pixels(const std::uint8_t* from) {
  return _mm_unpacklo_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)),
                            _mm_setzero_si128());
}

// Pixels i and i + 1 at once: most patches within reach of one are within reach of the other, too,
// and propose two neighbours. Each pixel sees its patches in the same order as alone.
void label_pair(const LabelView& v, int i) {
  const __m128i voted = two_pixels(v.pixels + 4 * std::ptrdiff_t(i));
  const __m128 pull = _mm_set1_ps(v.colour_pull), no_cost = _mm_set1_ps(kNoCost);
  const __m128 only_first = _mm_castsi128_ps(_mm_set_epi32(0, 0, 0, -1));
  const __m128 only_second = _mm_castsi128_ps(_mm_set_epi32(0, 0, -1, 0));
  const __m128i beside = _mm_set_epi32(0, 0, 1, 0);
  __m128 best = no_cost, best_source = _mm_castsi128_ps(_mm_set1_epi32(-1));
  for (int dy = -v.radius; dy <= v.radius; ++dy) {
    for (int dx = -v.radius; dx <= v.radius + 1; ++dx) {
      const int d = dy * v.stride + dx;
      if (v.source[i + d] < 0) continue;
      const int s = v.source[i + d] - d;
      const __m128i differences = _mm_sad_epu8(two_pixels(v.pixels + 4 * std::ptrdiff_t(s)), voted);
      const __m128 difference =
          _mm_cvtepi32_ps(_mm_shuffle_epi32(differences, _MM_SHUFFLE(3, 1, 2, 0)));
      const __m128 cost =
          _mm_add_ps(_mm_broadcast_ss(v.patch_cost + i + d), _mm_mul_ps(pull, difference));
      __m128 is_better = _mm_cmplt_ps(cost, best);
      if (dx == -v.radius) is_better = _mm_and_ps(is_better, only_first);
      if (dx > v.radius) is_better = _mm_and_ps(is_better, only_second);
      const __m128i sources = _mm_add_epi32(_mm_set1_epi32(s), beside);
      best = _mm_blendv_ps(best, cost, is_better);
      best_source = _mm_blendv_ps(best_source, _mm_castsi128_ps(sources), is_better);
    }
  }
  const __m128i found = _mm_castps_si128(best_source);
  v.label[i] = _mm_extract_epi32(found, 0);
  v.label[i + 1] = _mm_extract_epi32(found, 1);
}

}  // namespace

void label_pixels_avx2(const LabelView& v, const std::int32_t* hole_pixels, int count) {
  for (int k = 0; k < count; ++k) {
    const int i = hole_pixels[k], y = i / v.stride, x = i - y * v.stride;
    const bool is_pair = k + 1 < count && hole_pixels[k + 1] == i + 1;
    // Inside, a patch is always within reach.
    const bool is_inside = x >= kPatchRadius && x + 1 + kPatchRadius < v.width &&
                           y >= kPatchRadius && y + kPatchRadius < v.height;
    if (is_pair && is_inside) {
      label_pair(v, i);
      ++k;
    } else {
      label_pixel(v, i);
    }
  }
}

}  // namespace pawfect::texture
#endif
