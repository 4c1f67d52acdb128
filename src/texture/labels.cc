#include "texture/labels.h"

#include <algorithm>
#include <memory>

#include "texture/clones.h"
#include "texture/four.h"

namespace pawfect::texture {
namespace {

struct LabelView {
  const std::uint8_t* pixels;
  const std::int32_t* source;
  const float* patch_cost;
  std::int32_t* label;
  float colour_pull;
  int width, height, stride;
};

// The best source among the patches within `radius` of pixel i; -1 when there is no patch.
inline int best_label(const LabelView& v, int i, int radius) {
  const int y = i / v.stride, x = i - y * v.stride;
  const int top = std::max(-radius, -y), bottom = std::min(radius, v.height - 1 - y);
  const int left = std::max(-radius, -x), right = std::min(radius, v.width - 1 - x);
  const std::uint8_t* voted = v.pixels + 4 * std::ptrdiff_t(i);
  float best = 1e30f;
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

PAWFECT_CLONES
void label_pixels(const LabelView& v, const std::int32_t* hole_pixels, int count, int radius) {
  for (int k = 0; k < count; ++k) {
    const int i = hole_pixels[k];
    int s = best_label(v, i, radius);
    if (s < 0) s = best_label(v, i, kPatchRadius);  // picture corners: only a far patch reaches
    v.label[i] = s;
  }
}

// The scale of patch costs: four times their third quartile. A selection, not a sum, so that it
// does not hang on an order.
float cost_scale(const Level& level, const NearestField& field) {
  std::vector<std::uint32_t> costs;
  costs.reserve(level.targets.size());
  for (const int t : level.targets) costs.push_back(field.cost[t]);
  const auto quartile = costs.begin() + std::ptrdiff_t(costs.size() * 3 / 4);
  std::nth_element(costs.begin(), quartile, costs.end());
  return 1.0f / (4.0f * float(std::max(1u, *quartile)));
}

}  // namespace

std::vector<std::int32_t> pick_labels(const Level& level, const NearestField& field,
                                      const Settings& settings, Workers& workers) {
  constexpr int kPixelsEach = 2048;
  std::vector<std::int32_t> label(std::size_t(level.size()), -1);
  if (level.targets.empty()) return label;
  const float scale = cost_scale(level, field);
  // Only targets are ever read, so the rest need not be cleared.
  const auto patch_cost = std::make_unique_for_overwrite<float[]>(std::size_t(level.size()));
  for (const int t : level.targets) {
    patch_cost[t] = float(field.cost[t]) * scale + settings.depth_pull * level.depth[t];
  }
  const LabelView view = {level.pixels.data(), field.source.data(),  patch_cost.get(),
                          label.data(),        settings.colour_pull, level.width,
                          level.height,        level.stride};
  const int count = int(level.hole_pixels.size());
  workers.run_rows(count, kPixelsEach, std::int64_t{count} * 4, [&](int first, int last) {
    label_pixels(view, level.hole_pixels.data() + first, last - first, settings.label_radius);
  });
  return label;
}

}  // namespace pawfect::texture
