// What the first guess spends its time on: which of some sources looks most like the part of a
// patch that is known already. Two twins that give the same answer, plain and AVX2. Bare pointers
// only, as in search_body.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "texture/settings.h"

namespace pawfect::texture {

// The patch round one pixel with what is not known yet masked out, a row of 32 bytes for each of
// its own; what stands behind the 28 of a patch is masked out, too.
struct MaskedPatch {
  static constexpr int kRowBytes = 32;
  std::uint8_t wanted[kPatchSide * kRowBytes] = {};
  std::uint8_t mask[kPatchSide * kRowBytes] = {};  // 255 = counts
  int counted = 0;                                 // pixels that count
};

struct OnionView {
  const std::uint8_t* pixels = nullptr;
  int stride = 0;
  const std::int32_t* sources = nullptr;
  int count = 0;
  const std::uint16_t* row_penalty = nullptr;  // cost by |dy|, of a whole patch
};

// Index into `sources` of the best match for a patch in row y; the first of equals.
int best_source_plain(const OnionView& view, const MaskedPatch& patch, int y);
#if defined(PAWFECT_HAS_AVX2)
int best_source_avx2(const OnionView& view, const MaskedPatch& patch, int y);
#endif

}  // namespace pawfect::texture
