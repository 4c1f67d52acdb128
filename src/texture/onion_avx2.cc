// Compiled with -mavx2; called only where the processor has it. Empty elsewhere.
#include "texture/onion_match.h"
#include "texture/patch_distance.h"

#if defined(PAWFECT_HAS_AVX2)
namespace pawfect::texture {

int best_source_avx2(const OnionView& v, const MaskedPatch& patch, int y) {
  __m256i wanted[kPatchSide], mask[kPatchSide];
  for (int row = 0; row < kPatchSide; ++row) {
    wanted[row] = load_row(patch.wanted + row * MaskedPatch::kRowBytes);
    mask[row] = load_row(patch.mask + row * MaskedPatch::kRowBytes);
  }
  std::uint32_t best = ~0u;
  int best_k = 0;
  for (int k = 0; k < v.count; ++k) {
    const int s = v.sources[k], dy = s / v.stride - y;
    const std::uint32_t fixed = std::uint32_t(v.row_penalty[dy < 0 ? -dy : dy]) *
                                std::uint32_t(patch.counted) / kPatchPixels;
    if (fixed >= best) continue;
    const std::uint8_t* p =
        v.pixels + 4 * (std::ptrdiff_t(s) - kPatchRadius * v.stride - kPatchRadius);
    __m256i sums = _mm256_setzero_si256();
    for (int row = 0; row < kPatchSide; ++row, p += 4 * std::ptrdiff_t(v.stride)) {
      sums = _mm256_add_epi64(
          sums, _mm256_sad_epu8(wanted[row], _mm256_and_si256(mask[row], load_row(p))));
    }
    const std::uint32_t cost = fixed + sum_of_sums(sums);
    if (cost < best) best = cost, best_k = k;
  }
  return best_k;
}

}  // namespace pawfect::texture
#endif
