#include "texture/vote.h"

#include <algorithm>

#include "texture/clones.h"
#include "texture/four.h"

namespace pawfect::texture {
namespace {

struct VoteView {
  std::uint8_t* pixels;
  const std::int32_t* source;
  const float* weight;
  int width, height, stride;
};

PAWFECT_CLONES
void vote_pixels(const VoteView& v, const std::int32_t* hole_pixels, int count) {
  for (int k = 0; k < count; ++k) {
    const int i = hole_pixels[k], y = i / v.stride, x = i - y * v.stride;
    Four sum = {0, 0, 0, 0};
    float total = 0;
    const int top = std::max(-kPatchRadius, -y), bottom = std::min(kPatchRadius, v.height - 1 - y);
    const int left = std::max(-kPatchRadius, -x), right = std::min(kPatchRadius, v.width - 1 - x);
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
    if (total <= 0) continue;
    const float inverse = 1.0f / total;
    std::uint8_t* out = v.pixels + 4 * std::ptrdiff_t(i);
    for (int c = 0; c < 4; ++c) out[c] = std::uint8_t(std::min(255.0f, sum[c] * inverse + 0.5f));
  }
}

}  // namespace

void vote(Level& level, const NearestField& field, Workers& workers) {
  constexpr int kPixelsEach = 2048;
  const VoteView view = {level.pixels.data(), field.source.data(), level.vote_weight.data(),
                         level.width,         level.height,        level.stride};
  const int count = int(level.hole_pixels.size());
  workers.run_rows(count, kPixelsEach, std::int64_t{count} * 4, [&](int first, int last) {
    vote_pixels(view, level.hole_pixels.data() + first, last - first);
  });
}

}  // namespace pawfect::texture
