#include "texture/labels.h"

#include <algorithm>
#include <memory>

#include "texture/labels_body.h"

namespace pawfect::texture {
namespace {

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
                                      const Settings& settings, Workers& workers, Kernel kernel) {
  constexpr int kPixelsEach = 2048;
  std::vector<std::int32_t> label(std::size_t(level.size()), -1);
  if (level.targets.empty()) return label;
  const float scale = cost_scale(level, field);
  // Only targets are ever read, so the rest need not be cleared.
  const auto patch_cost = std::make_unique_for_overwrite<float[]>(std::size_t(level.size()));
  const int targets = int(level.targets.size());
  workers.run_rows(targets, kPixelsEach, targets, [&](int first, int last) {
    for (int k = first; k < last; ++k) {
      const int t = level.targets[k];
      patch_cost[t] = float(field.cost[t]) * scale + settings.depth_pull * level.depth[t];
    }
  });
  const LabelView view = {.pixels = level.pixels.data(),
                          .source = field.source.data(),
                          .patch_cost = patch_cost.get(),
                          .label = label.data(),
                          .colour_pull = settings.colour_pull,
                          .radius = settings.label_radius,
                          .width = level.width,
                          .height = level.height,
                          .stride = level.stride};
  const int count = int(level.hole_pixels.size());
  workers.run_rows(count, kPixelsEach, std::int64_t{count} * 4, [&](int first, int last) {
    const std::int32_t* pixels = level.hole_pixels.data() + first;
#if defined(PAWFECT_HAS_AVX2)
    if (runs_avx2(kernel)) return label_pixels_avx2(view, pixels, last - first);
#endif
    label_pixels_plain(view, pixels, last - first);
  });
  (void)kernel;
  return label;
}

}  // namespace pawfect::texture
