// The inner loop of the search, written once and compiled for each instruction set
// (search_plain.cc, search_avx2.cc). Bare pointers only: nothing of the standard library may be
// instantiated in a file that is compiled for a processor that the caller may not have.
#pragma once

#include <cstddef>
#include <cstdint>

#include "texture/random.h"
#include "texture/settings.h"

namespace pawfect::texture {

// One band of one pass. Planes share the index i = y * stride + x.
struct BandView {
  const std::uint8_t* pixels = nullptr;           // 4 bytes a pixel
  const std::uint8_t* source_ok = nullptr;        // 1 = may be copied from
  const std::uint16_t* row_penalty = nullptr;     // cost by |dy|
  const std::uint16_t* source_penalty = nullptr;  // cost by source
  const std::int32_t* targets = nullptr;          // of this band, raster order
  int target_count = 0;
  std::int32_t* source = nullptr;  // read and written; -1 = no target
  std::uint32_t* cost = nullptr;
  const std::int32_t* borrowed_row =
      nullptr;       // sources of the neighbour band's nearest row before this pass, or null
  int border_y = 0;  // the row of the band that borrows
  int width = 0, height = 0, stride = 0;
  std::uint64_t seed = 0;  // of this level, round and pass
  int reach = 0;           // largest random step; 0 = none
  bool is_backwards = false;
  bool is_stale = false;  // colours changed: costs are measured anew first
};

// PatchMatch (Barnes et al. 2009): each target looks at the sources of its two visited neighbours
// and at random places round its own, with halving reach.
template <typename Patch>
void search_band_with(const BandView& v) {
  const int stride = v.stride;
  // An index's row without a division: exact while index x stride stays below 2^44, which the
  // limits of a picture's sides see to.
  constexpr int kShift = 44;
  const std::uint64_t per_row = (std::uint64_t{1} << kShift) / std::uint64_t(stride) + 1;
  const auto row_of = [per_row](int index) {
    return int((std::uint64_t(index) * per_row) >> kShift);
  };
  const std::ptrdiff_t step = 4 * std::ptrdiff_t(stride);
  const std::uint8_t* corner = v.pixels - kPatchRadius * step - 4 * kPatchRadius;
  const int back = v.is_backwards ? 1 : -1;  // where the visited neighbours lie
  for (int k = 0; k < v.target_count; ++k) {
    const int t = v.targets[v.is_backwards ? v.target_count - 1 - k : k];
    const int ty = row_of(t);
    const Patch wanted(corner + 4 * std::ptrdiff_t(t), step);
    const auto penalty = [&](int s, int sy) {
      const int dy = sy - ty;
      return std::uint32_t(v.row_penalty[dy < 0 ? -dy : dy]) + v.source_penalty[s];
    };
    int best = v.source[t];
    int best_y = row_of(best);
    std::uint32_t best_cost = v.cost[t];
    if (v.is_stale) {
      best_cost = penalty(best, best_y) + wanted.distance_to(corner + 4 * std::ptrdiff_t(best));
    }
    const auto consider = [&](int s, int sy) {
      if (s == best || !v.source_ok[s]) return;
      const std::uint32_t fixed = penalty(s, sy);
      if (fixed >= best_cost) return;
      const std::uint32_t c = fixed + wanted.distance_to(corner + 4 * std::ptrdiff_t(s));
      if (c < best_cost) best_cost = c, best = s, best_y = sy;
    };

    const int beside = v.source[t + back];
    if (beside >= 0) consider(beside - back, row_of(beside - back));
    const int across = ty != v.border_y            ? v.source[t + back * stride]
                       : v.borrowed_row != nullptr ? v.borrowed_row[t - ty * stride]
                                                   : -1;
    if (across >= 0) consider(across - back * stride, row_of(across - back * stride));

    std::uint64_t random = mix(v.seed ^ (std::uint64_t(t) * 0x9E3779B97F4A7C15ull));
    const auto clamped = [](int value, int most) {
      return value < kPatchRadius ? kPatchRadius : value > most ? most : value;
    };
    for (int reach = v.reach; reach >= 1; reach /= 2) {
      random = mix(random);
      const std::uint64_t span = 2 * std::uint64_t(reach) + 1;
      const int dx = int(((random & 0xFFFFFFFFu) * span) >> 32) - reach;
      const int dy = int(((random >> 32) * span) >> 32) - reach;
      const int sx = clamped(best - best_y * stride + dx, v.width - 1 - kPatchRadius);
      const int sy = clamped(best_y + dy, v.height - 1 - kPatchRadius);
      consider(sy * stride + sx, sy);
    }
    v.source[t] = best;
    v.cost[t] = best_cost;
  }
}

void search_band_plain(const BandView& view);
#if defined(PAWFECT_HAS_AVX2)
void search_band_avx2(const BandView& view);
#endif

}  // namespace pawfect::texture
