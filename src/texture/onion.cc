#include "texture/onion.h"

#include <cstring>

#include "texture/onion_match.h"

namespace pawfect::texture {
namespace {

MaskedPatch masked_patch(const Level& level, const std::vector<std::uint8_t>& filled, int i) {
  MaskedPatch patch;
  const int y = i / level.stride, x = i - y * level.stride;
  for (int dy = -kPatchRadius; dy <= kPatchRadius; ++dy) {
    for (int dx = -kPatchRadius; dx <= kPatchRadius; ++dx) {
      const int n = (dy + kPatchRadius) * MaskedPatch::kRowBytes + (dx + kPatchRadius) * 4;
      const int j = i + dy * level.stride + dx;
      const bool inside =
          x + dx >= 0 && x + dx < level.width && y + dy >= 0 && y + dy < level.height;
      const bool counts = inside && filled[j];
      if (!counts) continue;
      std::memset(patch.mask + n, 255, 4);
      std::memcpy(patch.wanted + n, &level.pixels[std::size_t(j) * 4], 4);
      ++patch.counted;
    }
  }
  return patch;
}

int best_source(const OnionView& view, const MaskedPatch& patch, int y, Kernel kernel) {
#if defined(PAWFECT_HAS_AVX2)
  if (runs_avx2(kernel)) return best_source_avx2(view, patch, y);
#endif
  (void)kernel;
  return best_source_plain(view, patch, y);
}

// At most `most` of the level's sources, evenly picked.
std::vector<std::int32_t> some_sources(const Level& level, std::size_t most) {
  std::vector<std::int32_t> all;
  for (std::int32_t i = 0; i < std::int32_t(level.size()); ++i) {
    if (level.source_ok[i]) all.push_back(i);
  }
  if (all.size() <= most) return all;
  std::vector<std::int32_t> some(most);
  for (std::size_t k = 0; k < most; ++k) some[k] = all[k * all.size() / most];
  return some;
}

}  // namespace

void peel_onion(Level& level, const Settings& settings,
                const std::vector<std::uint16_t>& row_penalty, Workers& workers, Kernel kernel) {
  constexpr std::size_t kFullTargets =
      1500;  // with more targets fewer sources are looked at, so that the time stays bounded
  const int stride = level.stride;
  std::size_t most = std::size_t(settings.onion_sources);
  if (level.targets.size() > kFullTargets)
    most = std::max<std::size_t>(1, most * kFullTargets / level.targets.size());
  const std::vector<std::int32_t> sources = some_sources(level, most);

  const OnionView view = {level.pixels.data(), stride, sources.data(), int(sources.size()),
                          row_penalty.data()};

  std::vector<std::uint8_t> filled(std::size_t(level.size()));
  for (std::size_t i = 0; i < filled.size(); ++i) filled[i] = level.kind[i] == kKnown;
  std::vector<std::int32_t> todo = level.hole_pixels, layer;
  std::vector<std::uint32_t> colours;
  while (!todo.empty()) {
    layer.clear();
    for (const int i : todo) {
      const int y = i / stride, x = i - y * stride;
      const bool at_rim = (x > 0 && filled[i - 1]) || (x + 1 < level.width && filled[i + 1]) ||
                          (y > 0 && filled[i - stride]) ||
                          (y + 1 < level.height && filled[i + stride]);
      if (at_rim) layer.push_back(i);
    }
    if (layer.empty()) layer = todo;  // a part that touches nothing known: any source will do
    colours.resize(layer.size());
    constexpr int kPixelsEach = 4;
    workers.run_rows(int(layer.size()), kPixelsEach, std::int64_t(layer.size()) * view.count,
                     [&](int first, int last) {
                       for (int k = first; k < last; ++k) {
                         const MaskedPatch patch = masked_patch(level, filled, layer[k]);
                         const int best = best_source(view, patch, layer[k] / stride, kernel);
                         std::memcpy(&colours[k], &level.pixels[std::size_t(sources[best]) * 4], 4);
                       }
                     });
    for (std::size_t k = 0; k < layer.size(); ++k) {
      std::memcpy(&level.pixels[std::size_t(layer[k]) * 4], &colours[k], 4);
      filled[layer[k]] = 1;
    }
    std::erase_if(todo, [&](int i) { return filled[i] != 0; });
  }
}

}  // namespace pawfect::texture
