#include "mask/shadow.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "mask/clean.h"
#include "mask/runs.h"
#include "mask/scale.h"
#include "mask/surface.h"

namespace pawfect {
namespace {

constexpr std::int64_t kSmallestCaster = 400;  // px; the shadow of less is swallowed by the growth
constexpr std::size_t kMostCasters = 32;  // the largest parts; bounds the work on a spotted mask
constexpr double kLargestSpread = 0.20;   // of the ground's lightness; beyond, dark means nothing
constexpr double kClearlyDarker = 0.12;   // share of the lit ground's lightness that is missing ...
constexpr double kDarker = 0.05;          // ... and in the penumbra that belongs to it
constexpr double kDeepest = 0.85;         // darker than this is a thing or a hole, no soft shadow
constexpr float kSameColour = 0.035f;     // largest change of the shares of red and blue
constexpr float kStillSameColour = 0.09f;  // ... and where the ground itself is motley
constexpr double kSmallestShare = 0.01;    // of the part's pixels
constexpr std::int64_t kBrightSpotCells = 12;

PixelRect search_zone(const Part& part, const Image& photo) {
  const int reach = std::max(part.box.width, part.box.height) * 3 / 4;
  const int top = part.box.y + part.box.height / 2;
  const PixelRect zone{part.box.x - reach, top, part.box.width + 2 * reach,
                       part.box.bottom() + reach - top};
  return intersection(zone, photo.rect());
}

// How much of the lit ground's lightness is missing, or -1 where it is no shadow at all.
double darkness(const Surface& surface, const LitPlane& lit, int column, int row) {
  const SurfaceCell& cell = surface.at(column, row);
  const double expected = lit.at(column, row);
  if (!cell.is_known || expected <= 0.02) return -1;
  const float same = std::clamp(2.5f * lit.colour_spread, kSameColour, kStillSameColour);
  if (std::abs(cell.red - lit.red) > same || std::abs(cell.blue - lit.blue) > same) return -1;
  const double missing = 1 - cell.lightness / expected;
  return missing > kDeepest ? -1 : missing;
}

// The lower third of the part, where it stands on the ground, with two cells round it.
bool is_at_foot(const Surface& surface, const Part& part, const Mask& object, int column, int row) {
  const int size = surface.cell_size;
  const int foot = part.box.bottom() - part.box.height / 3;
  const PixelRect near{surface.zone.x + (column - 2) * size, surface.zone.y + (row - 2) * size,
                       5 * size, 5 * size};
  const PixelRect rect = intersection(near, part.box);
  for (int y = std::max(rect.y, foot); y < rect.bottom(); ++y) {
    const auto stretch = object.row(y).subspan(rect.x, rect.width);
    if (std::ranges::any_of(stretch, [](std::uint8_t set) { return set != 0; })) return true;
  }
  return false;
}

struct Judgement {
  bool is_clear = false;   // clearly darker somewhere
  bool is_rooted = false;  // begins at the foot
  bool is_open = false;    // runs out of the zone: another surface, or a shadow too long to follow
};

bool leaves_zone(const Surface& surface, const Image& photo, const Run& run) {
  const PixelRect& zone = surface.zone;
  return (run.begin == 0 && zone.x > 0) || run.y == 0 ||
         (run.end == surface.columns && zone.right() < photo.width) ||
         (run.y == surface.rows - 1 && zone.bottom() < photo.height);
}

// The ground as it is and as it would be without a shadow; `spread` is a share of its lightness.
struct Ground {
  Surface surface;
  LitPlane lit;
  double spread = 0;
};

std::optional<Ground> find_ground(const Part& part, const Image& photo, const Mask& object) {
  const PixelRect zone = search_zone(part, photo);
  if (zone.is_empty()) return std::nullopt;
  Ground ground{measure_surface(photo, object, zone), {}, 0};
  const Surface& surface = ground.surface;
  if (std::ranges::none_of(surface.cells, &SurfaceCell::is_known)) return std::nullopt;
  ground.lit = fit_lit_plane(surface);
  const double lightness = ground.lit.at(surface.columns / 2, surface.rows / 2);
  ground.spread = ground.lit.spread / std::max(0.02, lightness);
  if (ground.spread > kLargestSpread) return std::nullopt;
  return ground;
}

Mask find_dark_cells(const Ground& ground) {
  Mask dark(ground.surface.columns, ground.surface.rows);
  for (int row = 0; row < dark.height; ++row) {
    for (int column = 0; column < dark.width; ++column) {
      const double missing = darkness(ground.surface, ground.lit, column, row);
      dark.at(column, row) = missing > std::max(kDarker, 1.5 * ground.spread) ? 255 : 0;
    }
  }
  return dark;
}

std::vector<Judgement> judge(const RunList& runs, const PartList& list, const Ground& ground,
                             const Part& part, const Image& photo, const Mask& object) {
  const double clearly = std::max(kClearlyDarker, 2.5 * ground.spread);
  std::vector<Judgement> judged(list.parts.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    Judgement& judgement = judged[list.part_of_run[i]];
    judgement.is_open |= leaves_zone(ground.surface, photo, run);
    for (int column = run.begin; column < run.end; ++column) {
      judgement.is_clear |= darkness(ground.surface, ground.lit, column, run.y) > clearly;
      judgement.is_rooted |= is_at_foot(ground.surface, part, object, column, run.y);
    }
  }
  return judged;
}

// A picture of the cells, 255 where the part's shadow lies; empty when there is none.
std::optional<Image> find_shadow_cells(const Ground& ground, const Part& part, const Image& photo,
                                       const Mask& object) {
  const RunList runs = find_runs(find_dark_cells(ground));
  const PartList list = find_parts(runs, Neighbours::k8);
  const std::vector<Judgement> judged = judge(runs, list, ground, part, photo, object);

  const double cell_px = double(ground.surface.cell_size) * ground.surface.cell_size;
  Mask cells(ground.surface.columns, ground.surface.rows);
  double total = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    const Judgement& judgement = judged[list.part_of_run[i]];
    const double pixels = double(list.parts[list.part_of_run[i]].pixels) * cell_px;
    if (!judgement.is_clear || !judgement.is_rooted || judgement.is_open) continue;
    if (pixels < kSmallestShare * double(part.pixels)) continue;
    total += double(run.length()) * cell_px;
    std::ranges::fill(cells.row(run.y).subspan(run.begin, run.length()), 255);
  }
  if (total == 0 || total > double(part.pixels)) return std::nullopt;
  // Bright spots inside, blades of grass that catch the light, belong to it.
  fill_pinholes(cells, kBrightSpotCells);
  Image levels(cells.width, cells.height, 1, SampleDepth::k8);
  levels.bytes = std::move(cells.pixels);
  return levels;
}

void add_shadow_of(const Part& part, const Image& photo, const Mask& object, Mask& shadow) {
  const std::optional<Ground> ground = find_ground(part, photo, object);
  if (!ground) return;
  const std::optional<Image> cells = find_shadow_cells(*ground, part, photo, object);
  if (!cells) return;

  const PixelRect& zone = ground->surface.zone;
  const int size = ground->surface.cell_size;
  const Image fine = scale_levels(*cells, cells->width * size, cells->height * size);
  for (int y = 0; y < zone.height; ++y) {
    const auto from = fine.row<std::uint8_t>(y);
    const auto masked = object.row(zone.y + y).subspan(zone.x);
    const auto to = shadow.row(zone.y + y).subspan(zone.x);
    for (int x = 0; x < zone.width; ++x) {
      if (from[x] >= 128 && !masked[x]) to[x] = 255;
    }
  }
}

}  // namespace

Mask find_shadow(const Image& photo, const Mask& object) {
  Mask shadow(object.width, object.height);
  PartList list = find_parts(find_runs(object), Neighbours::k8);
  std::ranges::stable_sort(list.parts, std::ranges::greater{}, &Part::pixels);
  list.parts.resize(std::min(list.parts.size(), kMostCasters));
  for (const Part& part : list.parts) {
    if (part.pixels >= kSmallestCaster) add_shadow_of(part, photo, object, shadow);
  }
  return shadow;
}

}  // namespace pawfect
