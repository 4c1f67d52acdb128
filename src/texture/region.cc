#include "texture/region.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace pawfect::texture {
namespace {

// Walks the runs of one row from left to right beside the pixels of another row.
class Beside {
 public:
  Beside(const Region& region, int y) {
    if (y < 0 || y >= region.height) return;
    next_ = region.runs.data() + region.row_runs[y];
    end_ = region.runs.data() + region.row_runs[y + 1];
  }

  // The cell of column x, or 0 (an empty one); the answer holds for x <= column < until. x never
  // falls from call to call.
  std::int32_t cell(int x, int& until) {
    while (next_ != end_ && next_->x1 <= x) ++next_;
    const bool is_inside = next_ != end_ && next_->x0 <= x;
    until = next_ == end_ ? std::numeric_limits<int>::max() : is_inside ? next_->x1 : next_->x0;
    return is_inside ? next_->at + (x - next_->x0) : 0;
  }

 private:
  const Run* next_ = nullptr;
  const Run* end_ = nullptr;
};

void number_cells(Region& region) {
  int longest = 0;
  for (const Run& run : region.runs) longest = std::max(longest, run.x1 - run.x0);
  std::int32_t cell = longest + 1;
  std::size_t k = 0;
  for (int y = 0; y < region.height; ++y) {
    region.row_runs.push_back(std::int32_t(k));
    region.row_cells.push_back(cell);
    for (; k < region.runs.size() && region.runs[k].y == y; ++k) {
      region.runs[k].at = cell;
      cell += region.runs[k].x1 - region.runs[k].x0 + 1;
    }
  }
  region.row_runs.push_back(std::int32_t(k));
  region.row_cells.push_back(cell);
  region.cells = cell;
}

void cut_into_segments(Region& region) {
  for (int y = 0; y < region.height; ++y) {
    region.row_segments.push_back(std::int32_t(region.segments.size()));
    Beside above(region, y - 1), below(region, y + 1);
    for (std::int32_t k = region.row_runs[y]; k < region.row_runs[y + 1]; ++k) {
      const Run& run = region.runs[k];
      for (int x = run.x0; x < run.x1;) {
        int until_above, until_below;
        Segment segment = {.y = y, .x0 = x, .at = run.at + (x - run.x0)};
        segment.above = above.cell(x, until_above);
        segment.below = below.cell(x, until_below);
        const int end = std::min({run.x1, until_above, until_below});
        segment.length = end - x;
        region.segments.push_back(segment);
        x = end;
      }
    }
  }
  region.row_segments.push_back(std::int32_t(region.segments.size()));
}

}  // namespace

std::vector<Run> runs_of(std::span<const std::uint8_t> plane, int width, int height) {
  std::vector<Run> runs;
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = plane.data() + std::size_t(y) * width;
    for (int x = 0; x < width; ++x) {
      if (row[x] == 0) continue;
      const int start = x;
      while (x < width && row[x] != 0) ++x;
      runs.push_back({.y = y, .x0 = start, .x1 = x});
    }
  }
  return runs;
}

Region make_region(int width, int height, std::vector<Run> runs) {
  Region region;
  region.width = width, region.height = height;
  region.runs = std::move(runs);
  number_cells(region);
  cut_into_segments(region);
  return region;
}

Region halve_region(const Region& fine) {
  const int width = (fine.width + 1) / 2, height = (fine.height + 1) / 2;
  std::vector<Run> runs, row;
  for (int y = 0; y < height; ++y) {
    row.clear();
    const int last = std::min(fine.height, 2 * y + 2);
    for (std::int32_t k = fine.row_runs[2 * y]; k < fine.row_runs[last]; ++k) {
      const Run& run = fine.runs[k];
      row.push_back({.y = y, .x0 = run.x0 / 2, .x1 = (run.x1 - 1) / 2 + 1});
    }
    std::sort(row.begin(), row.end(), [](const Run& a, const Run& b) { return a.x0 < b.x0; });
    const std::size_t first = runs.size();
    for (const Run& run : row) {
      if (runs.size() > first && run.x0 <= runs.back().x1) {
        runs.back().x1 = std::max(runs.back().x1, run.x1);
      } else {
        runs.push_back(run);
      }
    }
  }
  return make_region(width, height, std::move(runs));
}

std::vector<std::int32_t> parent_cells(const Region& fine, const Region& coarse) {
  std::vector<std::int32_t> parents;
  parents.reserve(fine.segments.size());
  for (int y = 0; y < fine.height; ++y) {
    Beside row(coarse, y / 2);
    for (std::int32_t s = fine.row_segments[y]; s < fine.row_segments[y + 1]; ++s) {
      int until;
      parents.push_back(row.cell(fine.segments[s].x0 / 2, until));
    }
  }
  return parents;
}

}  // namespace pawfect::texture
