// What the twins of the vote share: its view, and one pixel alone. Bare pointers only, as in
// search_body.h; static, so that each file has its own, compiled for its own processor.
#pragma once

#include <cstddef>
#include <cstdint>

#include "texture/four.h"
#include "texture/settings.h"

namespace pawfect::texture {

struct VoteView {
  std::uint8_t* pixels;        // read outside the hole, written in it; 4 bytes a pixel
  const std::int32_t* source;  // of each patch; -1 = none
  const float* weight;         // of each patch
  int width, height, stride;
};

void vote_pixels_plain(const VoteView& view, const std::int32_t* hole_pixels, int count);
#if defined(PAWFECT_HAS_AVX2)
void vote_pixels_avx2(const VoteView& view, const std::int32_t* hole_pixels, int count);
#endif

// Always inlined: a copy of its own could be compiled for a processor that a caller does not have.
[[gnu::always_inline]] inline void vote_pixel(const VoteView& v, int i) {
  const int y = i / v.stride, x = i - y * v.stride;
  const int top = y < kPatchRadius ? -y : -kPatchRadius;
  const int left = x < kPatchRadius ? -x : -kPatchRadius;
  const int below = v.height - 1 - y, beyond = v.width - 1 - x;
  const int bottom = below < kPatchRadius ? below : kPatchRadius;
  const int right = beyond < kPatchRadius ? beyond : kPatchRadius;
  Four sum = {0, 0, 0, 0};
  float total = 0;
  for (int dy = top; dy <= bottom; ++dy) {
    for (int dx = left; dx <= right; ++dx) {
      const int d = dy * v.stride + dx;
      const int s = v.source[i + d];
      if (s < 0) continue;
      const float w = v.weight[i + d];
      sum += w * load_four_bytes(v.pixels + 4 * std::ptrdiff_t(s - d));
      total += w;
    }
  }
  if (total <= 0) return;
  const float inverse = 1.0f / total;
  std::uint8_t* out = v.pixels + 4 * std::ptrdiff_t(i);
  for (int c = 0; c < 4; ++c) {
    const float value = sum[c] * inverse + 0.5f;
    out[c] = std::uint8_t(value < 255.0f ? value : 255.0f);
  }
}

}  // namespace pawfect::texture
