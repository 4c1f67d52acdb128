#include "texture/field.h"

#include <immintrin.h>

#include <algorithm>
#include <cstdlib>

#include "texture/random.h"

namespace pawfect::texture {
namespace {

inline std::uint32_t sad(const std::uint8_t* pixels, int stride, int a, int b) {
  const __m256i mask = _mm256_set_epi32(0, -1, -1, -1, -1, -1, -1, -1);
  const std::uint8_t* pa = pixels + 4 * (std::ptrdiff_t(a) - 3 * stride - 3);
  const std::uint8_t* pb = pixels + 4 * (std::ptrdiff_t(b) - 3 * stride - 3);
  const std::ptrdiff_t step = 4 * std::ptrdiff_t(stride);
  __m256i sum = _mm256_setzero_si256();
  for (int r = 0; r < 7; ++r) {
    const __m256i va = _mm256_and_si256(mask, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pa)));
    const __m256i vb = _mm256_and_si256(mask, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pb)));
    sum = _mm256_add_epi64(sum, _mm256_sad_epu8(va, vb));
    pa += step, pb += step;
  }
  const __m128i half = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  return std::uint32_t(_mm_cvtsi128_si32(half)) + std::uint32_t(_mm_extract_epi32(half, 2));
}

inline std::uint32_t pixel_sad(const std::uint8_t* a, const std::uint8_t* b) {
  std::uint32_t va, vb;
  __builtin_memcpy(&va, a, 4);
  __builtin_memcpy(&vb, b, 4);
  return std::uint32_t(_mm_cvtsi128_si32(_mm_sad_epu8(_mm_cvtsi32_si128(int(va)), _mm_cvtsi32_si128(int(vb)))));
}

}  // namespace

std::uint32_t patch_distance(const std::uint8_t* pixels, int stride, int a, int b) {
  return sad(pixels, stride, a, b);
}

void search_band(const SearchView& v, const PassOptions& o, int y0, int y1) {
  const int stride = v.stride;
  const int first = v.target_rows[y0], last = v.target_rows[y1];
  const int step = o.backwards ? 1 : -1;  // where the already visited neighbour lies
  const int border_row = o.backwards ? y1 - 1 : y0;
  const std::int32_t* border = o.backwards ? v.row_below : v.row_above;
  for (int k = first; k < last; ++k) {
    const int t = o.backwards ? v.targets[first + last - 1 - k] : v.targets[k];
    const int ty = t / stride;
    int best = v.source[t];
    std::uint32_t gw = v.guide ? v.guide_weight[t] : 0;
    const auto penalty = [&](int s) {
      const int sy = s / stride;
      std::uint32_t p = v.row_penalty[std::abs(sy - ty)];
      if (v.guide) {
        const std::uint32_t d = pixel_sad(v.guide + 4 * std::ptrdiff_t(t), v.blur + 4 * std::ptrdiff_t(s));
        p += gw * (d > std::uint32_t(v.guide_slack) ? d - v.guide_slack : 0) / 2;
      }
      return p;
    };
    std::uint32_t best_cost = o.measure_first ? penalty(best) + sad(v.pixels, stride, t, best) : v.cost[t];
    const auto consider = [&](int s) {
      if (s == best || !v.source_ok[s]) return;
      const std::uint32_t p = penalty(s);
      if (p >= best_cost) return;
      const std::uint32_t c = p + sad(v.pixels, stride, t, s);
      if (c < best_cost) best_cost = c, best = s;
    };
    const int beside = v.source[t + step];
    if (beside >= 0) consider(beside - step);
    const int across = ty == border_row ? (border ? border[t - ty * stride] : -1) : v.source[t + step * stride];
    if (across >= 0) consider(across - step * stride);

    std::uint64_t random = mix(o.seed ^ (std::uint64_t(t) * 0x9E3779B97F4A7C15ull));
    for (int reach = o.reach; reach >= 1; reach /= 2) {
      random = mix(random);
      const int by = best / stride, bx = best - by * stride;
      const std::uint32_t span = 2 * reach + 1;
      const int dx = int((std::uint64_t(std::uint32_t(random)) * span) >> 32) - reach;
      const int dy = int(((random >> 32) * span) >> 32) - reach;
      const int sx = std::clamp(bx + dx, kPatchRadius, v.width - 1 - kPatchRadius);
      const int sy = std::clamp(by + dy, kPatchRadius, v.height - 1 - kPatchRadius);
      consider(sy * stride + sx);
    }
    v.source[t] = best;
    v.cost[t] = best_cost;
  }
}

}  // namespace pawfect::texture
