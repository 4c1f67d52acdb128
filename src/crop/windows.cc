#include "crop/windows.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/checked.h"

namespace pawfect {
namespace {

struct Cluster {
  PixelRect box;
  PixelRect reach;  // the box grown by the margin within which others join
  std::int64_t pixels = 0;
  std::vector<int> parts;
};

PixelRect find_reach(const PixelRect& box, std::int64_t pixels, const WindowPolicy& policy) {
  const double wished = policy.join_factor * std::sqrt(double(pixels));
  const int margin = int(std::lround(std::max<double>(policy.join_min, wished)));
  return {box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin};
}

void absorb(Cluster& into, Cluster& other, const WindowPolicy& policy) {
  into.box = bounding(into.box, other.box);
  into.pixels += other.pixels;
  into.parts.insert(into.parts.end(), other.parts.begin(), other.parts.end());
  into.reach = find_reach(into.box, into.pixels, policy);
}

// One sweep from left to right: a cluster is absorbed by the first open one that it meets. Returns
// whether anything was joined; what has grown may now meet others, and needs another sweep.
bool join_once(std::vector<Cluster>& clusters, const WindowPolicy& policy) {
  std::ranges::sort(clusters, {},
                    [](const Cluster& c) { return std::tuple(c.reach.x, c.reach.y); });
  std::vector<Cluster> joined;
  std::vector<std::size_t> open;  // of `joined`, those that reach as far right as the sweep is
  bool has_joined = false;
  for (Cluster& cluster : clusters) {
    std::erase_if(open, [&](std::size_t i) { return joined[i].reach.right() <= cluster.reach.x; });
    const auto met = std::ranges::find_if(open, [&](std::size_t i) {
      return !intersection(joined[i].reach, cluster.reach).is_empty();
    });
    if (met == open.end()) {
      open.push_back(joined.size());
      joined.push_back(std::move(cluster));
    } else {
      absorb(joined[*met], cluster, policy);
      has_joined = true;
    }
  }
  clusters = std::move(joined);
  return has_joined;
}

std::vector<Cluster> find_clusters(const std::vector<Part>& parts, const WindowPolicy& policy) {
  std::vector<Cluster> clusters;
  clusters.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    clusters.push_back(
        {part.box, find_reach(part.box, part.pixels, policy), part.pixels, {int(i)}});
  }
  while (join_once(clusters, policy)) {
  }
  std::ranges::sort(clusters, {}, [](const Cluster& c) { return std::tuple(c.box.y, c.box.x); });
  return clusters;
}

// Start and length along one axis: `context` on both sides of the hole, moved inwards at the
// photo's ends.
std::pair<int, int> place_axis(int start, int length, int context, int photo) {
  const std::int64_t wished = std::int64_t{length} + 2 * std::int64_t{context};
  const int size = int(std::min<std::int64_t>(photo, wished));
  return {int(std::clamp<std::int64_t>(std::int64_t{start} - context, 0, photo - size)), size};
}

PixelRect find_window(const Cluster& cluster, const WindowPolicy& policy, const PixelRect& photo) {
  const PixelRect& box = cluster.box;
  const int longer = std::max(box.width, box.height);
  const double mean = (std::sqrt(double(cluster.pixels)) + longer) / 2;
  // A quarter of the box on each side makes the window 1.5 times the box.
  const double context = std::max<double>(
      policy.context_min, std::min<double>(policy.context_max, policy.context_factor * mean));
  const auto wished = [&](int side) {
    return std::max<double>(policy.side_min, side + 2 * std::max(context, side / 4.0));
  };
  const double wide = wished(box.width), high = wished(box.height);
  const auto context_of = [&](int side, double own, double other) {
    return int(std::ceil((std::max(own, other / policy.shape_max) - side) / 2));
  };
  const auto [x, width] =
      place_axis(box.x, box.width, context_of(box.width, wide, high), photo.width);
  const auto [y, height] =
      place_axis(box.y, box.height, context_of(box.height, high, wide), photo.height);
  return {x, y, width, height};
}

}  // namespace

WindowPlan plan_windows(const Mask& generate, const WindowPolicy& policy) {
  WindowPlan plan;
  plan.runs = find_runs(generate);
  const PartList list = find_parts(plan.runs, Neighbours::k8);

  std::vector<int> place_of_part(list.parts.size());
  for (const Cluster& cluster : find_clusters(list.parts, policy)) {
    for (const int part : cluster.parts) place_of_part[part] = int(plan.places.size());
    plan.places.push_back(
        {find_window(cluster, policy, generate.rect()), cluster.box, cluster.pixels});
  }
  plan.place_of_run.reserve(plan.runs.size());
  for (const int part : list.part_of_run) plan.place_of_run.push_back(place_of_part[part]);
  return plan;
}

Window build_window(const WindowPlan& plan, std::size_t index) {
  const WindowPlace& place = plan.places[index];
  const PixelRect& rect = place.rect;
  Window window{place.rect, place.hole_box, place.hole_pixels, Mask(rect.width, rect.height),
                Mask(rect.width, rect.height)};
  const auto first = std::ranges::lower_bound(plan.runs, rect.y, {}, &Run::y);
  for (std::size_t i = std::size_t(first - plan.runs.begin());
       i < plan.runs.size() && plan.runs[i].y < rect.bottom(); ++i) {
    const Run& run = plan.runs[i];
    const PixelRect seen = intersection({run.begin, run.y, run.end - run.begin, 1}, rect);
    if (seen.is_empty()) continue;
    Mask& mask = plan.place_of_run[i] == int(index) ? window.hole : window.unusable;
    std::ranges::fill(mask.row(seen.y - rect.y).subspan(seen.x - rect.x, seen.width), 255);
  }
  return window;
}

std::optional<std::int64_t> window_memory(const PixelRect& rect, int bytes_per_pixel) {
  const auto samples = checked_multiply<std::int64_t>(2, bytes_per_pixel);
  const auto per_pixel = samples ? checked_add<std::int64_t>(2, *samples) : std::nullopt;
  return per_pixel ? checked_multiply(rect.area(), *per_pixel) : std::nullopt;
}

}  // namespace pawfect
