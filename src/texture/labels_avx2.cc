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

// The best sources of two neighbours so far, one in each lane.
struct BestOfPair {
  __m128i voted;
  __m128 pull;
  __m128 cost = _mm_set1_ps(kNoCost);
  __m128 source = _mm_castsi128_ps(_mm_set1_epi32(-1));

  // Patch `at` proposes place s to the first pixel, the one beside it to the second.
  void consider(const LabelView& v, int at, int s, __m128 lanes) {
    const __m128i differences = _mm_sad_epu8(two_pixels(v.pixels + 4 * std::ptrdiff_t(s)), voted);
    const __m128 difference =
        _mm_cvtepi32_ps(_mm_shuffle_epi32(differences, _MM_SHUFFLE(3, 1, 2, 0)));
    const __m128 its =
        _mm_add_ps(_mm_broadcast_ss(v.patch_cost + at), _mm_mul_ps(pull, difference));
    const __m128 is_better = _mm_and_ps(_mm_cmplt_ps(its, cost), lanes);
    const __m128i places = _mm_add_epi32(_mm_set1_epi32(s), _mm_set_epi32(0, 0, 1, 0));
    cost = _mm_blendv_ps(cost, its, is_better);
    source = _mm_blendv_ps(source, _mm_castsi128_ps(places), is_better);
  }
};

// Pixels i and i + 1 at once: most patches within reach of one are within reach of the other, too,
// and propose two neighbours. Each pixel sees its patches in the same order as alone.
void label_pair(const LabelView& v, int i) {
  const __m128 first = _mm_castsi128_ps(_mm_set_epi32(0, 0, 0, -1));
  const __m128 second = _mm_castsi128_ps(_mm_set_epi32(0, 0, -1, 0));
  const __m128 both = _mm_or_ps(first, second);
  BestOfPair best = {.voted = two_pixels(v.pixels + 4 * std::ptrdiff_t(i)),
                     .pull = _mm_set1_ps(v.colour_pull)};
  for (int dy = -v.radius; dy <= v.radius; ++dy) {
    const int row = dy * v.stride;
    const std::int32_t* source = v.source + i + row;
    const auto consider = [&](int dx, __m128 lanes) {
      if (source[dx] >= 0) best.consider(v, i + row + dx, source[dx] - row - dx, lanes);
    };
    consider(-v.radius, first);
    for (int dx = 1 - v.radius; dx <= v.radius; ++dx) consider(dx, both);
    consider(v.radius + 1, second);
  }
  const __m128i found = _mm_castps_si128(best.source);
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
