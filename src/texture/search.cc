#include "texture/search.h"

#include <algorithm>

#include "texture/random.h"
#include "texture/search_body.h"

namespace pawfect::texture {
namespace {

constexpr int kBandRows = 16;

void search_band(const BandView& view, Kernel kernel) {
#if defined(PAWFECT_HAS_AVX2)
  if (runs_avx2(kernel)) return search_band_avx2(view);
#endif
  (void)kernel;
  search_band_plain(view);
}

// A known patch within `reach` of a place, or farther and farther when none is met.
int random_source(const Level& level, std::uint64_t key, int x, int y, int reach) {
  constexpr int kTriesEach = 8;
  const int most = std::max(level.width, level.height);
  std::uint64_t random = key;
  for (int tries = 0; reach < 2 * most; ++tries) {
    random = mix(random);
    const int span = 2 * reach + 1;
    const int sx = std::clamp(x + int(std::uint32_t(random) % span) - reach, kPatchRadius,
                              level.width - 1 - kPatchRadius);
    const int sy = std::clamp(y + int(std::uint32_t(random >> 32) % span) - reach, kPatchRadius,
                              level.height - 1 - kPatchRadius);
    const int s = sy * level.stride + sx;
    if (level.source_ok[s]) return s;
    if (tries % kTriesEach == kTriesEach - 1) reach *= 2;
  }
  return level.first_source;
}

}  // namespace

std::vector<std::uint16_t> row_penalties(const Level& level, const Settings& settings) {
  std::vector<std::uint16_t> penalty(level.height);
  for (int d = 0; d < level.height; ++d) {
    const float cost = settings.row_weight * kPatchPixels * float(d) / float(level.height);
    penalty[d] = std::uint16_t(std::min(65535.0f, cost));
  }
  return penalty;
}

NearestField random_field(const Level& level, std::uint64_t seed) {
  NearestField field;
  field.source.assign(std::size_t(level.size()), -1);
  field.cost.assign(std::size_t(level.size()), 0);
  const int whole = std::max(level.width, level.height);
  for (const int t : level.targets) {
    field.source[t] = random_source(level, mix(seed ^ std::uint64_t(t)), t % level.stride,
                                    t / level.stride, whole);
  }
  return field;
}

NearestField upsample_field(const NearestField& coarse, const Level& from, const Level& to,
                            std::uint64_t seed, Workers& workers) {
  constexpr int kRepairReach = 2;
  constexpr int kTargetsEach = 4096;
  NearestField field;
  field.source.resize(std::size_t(to.size()));
  field.cost.resize(std::size_t(to.size()));
  const int top = std::max(0, to.hole_box.y - kFieldMargin);
  const int bottom = std::min(to.height, to.hole_box.bottom() + kFieldMargin);
  std::fill_n(field.source.begin() + std::ptrdiff_t(top) * to.stride,
              std::ptrdiff_t(bottom - top) * to.stride, -1);
  const auto place = [&](int t) {
    const int y = t / to.stride, x = t - y * to.stride;
    const int cx = std::clamp(x / 2, kPatchRadius, from.width - 1 - kPatchRadius);
    const int cy = std::clamp(y / 2, kPatchRadius, from.height - 1 - kPatchRadius);
    const int s = coarse.source[std::size_t(cy) * from.stride + cx];
    int sx = x, sy = y;  // a hole part that vanished on the coarse level: start where it stands
    if (s >= 0) sy += 2 * (s / from.stride - cy), sx += 2 * (s % from.stride - cx);
    sx = std::clamp(sx, kPatchRadius, to.width - 1 - kPatchRadius);
    sy = std::clamp(sy, kPatchRadius, to.height - 1 - kPatchRadius);
    const int i = sy * to.stride + sx;
    return to.source_ok[i] != 0
               ? i
               : random_source(to, mix(seed ^ std::uint64_t(t)), sx, sy, kRepairReach);
  };
  const int count = int(to.targets.size());
  workers.run_rows(count, kTargetsEach, count, [&](int first, int last) {
    for (int k = first; k < last; ++k) field.source[to.targets[k]] = place(to.targets[k]);
  });
  return field;
}

void run_pass(const Level& level, NearestField& field, const Penalties& penalties, const Pass& pass,
              Workers& workers) {
  const int bands = (level.height + kBandRows - 1) / kBandRows;
  const int stride = level.stride;
  std::vector<std::int32_t> borrowed(std::size_t(bands) * stride);
  for (int band = 0; band < bands; ++band) {
    const int row = pass.is_backwards ? std::min(level.height - 1, (band + 1) * kBandRows)
                                      : std::max(0, band * kBandRows - 1);
    std::copy_n(&field.source[std::size_t(row) * stride], stride,
                &borrowed[std::size_t(band) * stride]);
  }
  const auto one_band = [&](int band) {
    const int first = band * kBandRows, last = std::min(level.height, first + kBandRows);
    BandView view;
    view.pixels = level.pixels.data();
    view.source_ok = level.source_ok.data();
    view.row_penalty = penalties.by_row.data();
    view.source_penalty = penalties.by_source.data();
    view.targets = level.targets.data() + level.target_rows[first];
    view.target_count = level.target_rows[last] - level.target_rows[first];
    view.source = field.source.data();
    view.cost = field.cost.data();
    const bool has_neighbour = pass.is_backwards ? band + 1 < bands : band > 0;
    view.borrowed_row = has_neighbour ? &borrowed[std::size_t(band) * stride] : nullptr;
    view.border_y = pass.is_backwards ? last - 1 : first;
    view.width = level.width, view.height = level.height, view.stride = stride;
    view.seed = pass.seed, view.reach = pass.reach;
    view.is_backwards = pass.is_backwards, view.is_stale = pass.is_stale;
    search_band(view, pass.kernel);
  };
  workers.run_rows(bands, 1, std::int64_t(level.targets.size()) * 8, [&](int first, int last) {
    for (int band = first; band < last; ++band) one_band(band);
  });
}

}  // namespace pawfect::texture
