#include <cstdlib>

#include "texture/clones.h"
#include "texture/onion_match.h"

namespace pawfect::texture {

PAWFECT_CLONES
int best_source_plain(const OnionView& v, const MaskedPatch& patch, int y) {
  constexpr int kRowBytes = MaskedPatch::kRowBytes;
  std::uint32_t best = ~0u;
  int best_k = 0;
  for (int k = 0; k < v.count; ++k) {
    const int s = v.sources[k];
    std::uint32_t cost = std::uint32_t(v.row_penalty[std::abs(s / v.stride - y)]) *
                         std::uint32_t(patch.counted) / kPatchPixels;
    // Ends as soon as it is worse than the best.
    for (int row = 0; row < kPatchSide && cost < best; ++row) {
      const std::uint8_t* p =
          v.pixels + 4 * (std::ptrdiff_t(s) + (row - kPatchRadius) * v.stride - kPatchRadius);
      for (int b = row * kRowBytes; b < row * kRowBytes + 4 * kPatchSide; ++b) {
        const std::uint8_t seen = p[b - row * kRowBytes] & patch.mask[b];
        cost += std::uint32_t(std::abs(int(seen) - int(patch.wanted[b])));
      }
    }
    if (cost < best) best = cost, best_k = k;
  }
  return best_k;
}

}  // namespace pawfect::texture
