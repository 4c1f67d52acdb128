// What the twins of the labels share: their view, and one pixel alone. Bare pointers only, as in
// search_body.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "texture/four.h"
#include "texture/settings.h"

namespace pawfect::texture {

struct LabelView {
  const std::uint8_t* pixels;  // 4 bytes a pixel
  const std::int32_t* source;  // of each patch; -1 = none
  const float* patch_cost;     // of each patch that has a source
  std::int32_t* label;         // written for hole pixels
  float colour_pull;
  int radius;  // how far the centre of a patch may be, at most kPatchRadius
  int width, height, stride;
};

void label_pixels_plain(const LabelView& view, const std::int32_t* hole_pixels, int count);
#if defined(PAWFECT_HAS_AVX2)
void label_pixels_avx2(const LabelView& view, const std::int32_t* hole_pixels, int count);
#endif

inline constexpr float kNoCost = 1e30f;

// The best source among the patches within `radius` of pixel i; -1 when there is no patch. Always
// inlined: a copy of its own could be compiled for a processor that a caller does not have.
[[gnu::always_inline]] inline int best_label(const LabelView& v, int i, int radius) {
  const int y = i / v.stride, x = i - y * v.stride;
  const int top = y < radius ? -y : -radius, left = x < radius ? -x : -radius;
  const int below = v.height - 1 - y, beyond = v.width - 1 - x;
  const int bottom = below < radius ? below : radius, right = beyond < radius ? beyond : radius;
  const std::uint8_t* voted = v.pixels + 4 * std::ptrdiff_t(i);
  float best = kNoCost;
  int best_source = -1;
  for (int dy = top; dy <= bottom; ++dy) {
    for (int dx = left; dx <= right; ++dx) {
      const int d = dy * v.stride + dx;
      if (v.source[i + d] < 0) continue;
      float cost = v.patch_cost[i + d];
      if (cost >= best) continue;
      const int s = v.source[i + d] - d;
      const std::uint8_t* p = v.pixels + 4 * std::ptrdiff_t(s);
      cost += v.colour_pull * float(difference_of_four_bytes(p, voted));
      if (cost < best) best = cost, best_source = s;
    }
  }
  return best_source;
}

[[gnu::always_inline]] inline void label_pixel(const LabelView& v, int i) {
  int s = best_label(v, i, v.radius);
  if (s < 0) s = best_label(v, i, kPatchRadius);  // picture corners: only a far patch reaches
  v.label[i] = s;
}

}  // namespace pawfect::texture
