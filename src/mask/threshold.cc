#include "mask/threshold.h"

#include <algorithm>
#include <vector>

#include "mask/runs.h"

namespace pawfect {
namespace {

bool reaches(const Image& levels, const Run& run, std::uint8_t high) {
  const auto row = levels.row<std::uint8_t>(run.y).subspan(run.begin, run.length());
  return std::ranges::any_of(row, [high](std::uint8_t level) { return level >= high; });
}

}  // namespace

std::optional<Mask> threshold_levels(const Image& levels, std::uint8_t high, std::uint8_t low) {
  Mask mask(levels.width, levels.height);
  std::ranges::transform(
      levels.bytes, mask.pixels.begin(),
      [low](std::uint8_t level) -> std::uint8_t { return level >= low ? 255 : 0; });

  const std::optional<RunList> runs = find_runs(mask, kMaxRuns);
  if (!runs) return std::nullopt;
  const PartList parts = find_parts(*runs, Neighbours::k8);

  std::vector<char> is_strong(parts.parts.size(), 0);
  for (std::size_t i = 0; i < runs->size(); ++i) {
    char& strong = is_strong[parts.part_of_run[i]];
    strong = strong || reaches(levels, (*runs)[i], high);
  }
  for (std::size_t i = 0; i < runs->size(); ++i) {
    const Run& run = (*runs)[i];
    if (!is_strong[parts.part_of_run[i]])
      std::ranges::fill(mask.row(run.y).subspan(run.begin, run.length()), 0);
  }
  return mask;
}

FaintPixels count_faint(const Image& levels, const Mask& mask, std::uint8_t high) {
  FaintPixels faint;
  for (int y = 0; y < levels.height; ++y) {
    const auto row = levels.row<std::uint8_t>(y);
    const auto kept = mask.row(y);
    std::uint8_t brightest = 0;
    int count = 0;
    for (int x = 0; x < levels.width; ++x) {
      const std::uint8_t level = kept[x] == 0 && row[x] < high ? row[x] : 0;
      count += level != 0;
      brightest = std::max(brightest, level);
    }
    faint.count += count;
    faint.brightest = std::max<int>(faint.brightest, brightest);
  }
  return faint;
}

}  // namespace pawfect
