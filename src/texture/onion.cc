#include "texture/onion.h"

#include <cstdlib>
#include <cstring>

#include "texture/clones.h"

namespace pawfect::texture {
namespace {

constexpr int kPatchBytes = kPatchPixels * 4;

// The patch round one pixel with what is not known yet masked out.
struct MaskedPatch {
  std::uint8_t wanted[kPatchBytes];
  std::uint8_t mask[kPatchBytes];  // 255 = counts
  int counted = 0;                 // pixels that count
};

MaskedPatch masked_patch(const Level& level, const std::vector<std::uint8_t>& filled, int i) {
  MaskedPatch patch;
  const int y = i / level.stride, x = i - y * level.stride;
  int n = 0;
  for (int dy = -kPatchRadius; dy <= kPatchRadius; ++dy) {
    for (int dx = -kPatchRadius; dx <= kPatchRadius; ++dx, n += 4) {
      const int j = i + dy * level.stride + dx;
      const bool inside =
          x + dx >= 0 && x + dx < level.width && y + dy >= 0 && y + dy < level.height;
      const bool counts = inside && filled[j];
      std::memset(patch.mask + n, counts ? 255 : 0, 4);
      std::memset(patch.wanted + n, 0, 4);
      if (counts) std::memcpy(patch.wanted + n, &level.pixels[std::size_t(j) * 4], 4);
      patch.counted += counts;
    }
  }
  return patch;
}

// Index into `sources` of the best match. Stops comparing a source once it is worse than the best.
PAWFECT_CLONES
int best_source(const std::uint8_t* pixels, int stride, const std::int32_t* sources, int count,
                const MaskedPatch& patch, const std::uint16_t* row_penalty, int y) {
  std::uint32_t best = ~0u;
  int best_k = 0;
  for (int k = 0; k < count; ++k) {
    const int s = sources[k];
    std::uint32_t cost = std::uint32_t(row_penalty[std::abs(s / stride - y)]) *
                         std::uint32_t(patch.counted) / kPatchPixels;
    for (int row = 0; row < kPatchSide && cost < best; ++row) {
      const std::uint8_t* p =
          pixels + 4 * (std::ptrdiff_t(s) + (row - kPatchRadius) * stride - kPatchRadius);
      const std::uint8_t* wanted = patch.wanted + 4 * kPatchSide * row;
      const std::uint8_t* mask = patch.mask + 4 * kPatchSide * row;
      std::uint32_t sum = 0;
      for (int b = 0; b < 4 * kPatchSide; ++b) {
        const std::uint8_t seen = p[b] & mask[b];
        sum += std::uint32_t(std::abs(int(seen) - int(wanted[b])));
      }
      cost += sum;
    }
    if (cost < best) best = cost, best_k = k;
  }
  return best_k;
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
                const std::vector<std::uint16_t>& row_penalty, Workers& workers) {
  constexpr std::size_t kFullTargets =
      1500;  // with more targets fewer sources are looked at, so that the time stays bounded
  const int stride = level.stride;
  std::size_t most = std::size_t(settings.onion_sources);
  if (level.targets.size() > kFullTargets)
    most = std::max<std::size_t>(1, most * kFullTargets / level.targets.size());
  const std::vector<std::int32_t> sources = some_sources(level, most);

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
    const int count = int(sources.size());
    workers.run_rows(int(layer.size()), kPixelsEach, std::int64_t(layer.size()) * count,
                     [&](int first, int last) {
                       for (int k = first; k < last; ++k) {
                         const MaskedPatch patch = masked_patch(level, filled, layer[k]);
                         const int best =
                             best_source(level.pixels.data(), stride, sources.data(), count, patch,
                                         row_penalty.data(), layer[k] / stride);
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
