#include "texture/level.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "texture/clones.h"

namespace pawfect::texture {
namespace {

constexpr int kRowPadding = 8;     // pixels: one 32-byte load
constexpr int kTailPadding = 128;  // bytes
constexpr int kRowsEach = 32;      // that a worker takes at once

// One pass of the exact Euclidean distance transform of Felzenszwalb and Huttenlocher (2012): lower
// envelope of parabolas rooted at f; writes squared distances to out.
void distance_1d(const float* f, int n, float* out, int* v, float* z) {
  int k = 0;
  v[0] = 0;
  z[0] = -std::numeric_limits<float>::infinity();
  z[1] = std::numeric_limits<float>::infinity();
  for (int q = 1; q < n; ++q) {
    const auto meet = [&](int p) {
      return ((f[q] + float(q) * float(q)) - (f[p] + float(p) * float(p))) / float(2 * (q - p));
    };
    float s = meet(v[k]);
    while (s <= z[k]) s = meet(v[--k]);
    v[++k] = q;
    z[k] = s;
    z[k + 1] = std::numeric_limits<float>::infinity();
  }
  k = 0;
  for (int q = 0; q < n; ++q) {
    while (z[k + 1] < float(q)) ++k;
    const float d = float(q - v[k]);
    out[q] = d * d + f[v[k]];
  }
}

constexpr float kFar = 1e12f;

// Squared distance of a row's pixels to the nearest one of the same row that is not hole: two
// scans.
void distances_in_row(const std::uint8_t* kind, int width, float* row) {
  float run = kFar;
  for (int x = 0; x < width; ++x) row[x] = run = kind[x] == kHole ? run + 1 : 0;
  run = kFar;
  for (int x = width - 1; x >= 0; --x) {
    run = kind[x] == kHole ? run + 1 : 0;
    row[x] = std::min(row[x], run);
  }
  for (int x = 0; x < width; ++x) row[x] = row[x] >= kFar ? kFar : row[x] * row[x];
}

// depth = distance of each hole pixel's centre to the nearest pixel that is not hole, inside the
// box.
void measure_depth(Level& level, Workers& workers) {
  level.depth.resize(std::size_t(level.size()));
  if (level.hole_box.is_empty()) return;
  const auto row_of_depth = [&](int y) {
    return level.depth.begin() + std::ptrdiff_t(std::clamp(y, 0, level.height)) * level.stride;
  };
  std::fill(row_of_depth(level.hole_box.y - kPatchRadius),
            row_of_depth(level.hole_box.bottom() + kPatchRadius), 0.0f);
  // One pixel more on each side, so that the nearest known pixel lies inside the box.
  const PixelRect around = {level.hole_box.x - 1, level.hole_box.y - 1, level.hole_box.width + 2,
                            level.hole_box.height + 2};
  const PixelRect box = intersection(around, {0, 0, level.width, level.height});
  const int x0 = box.x, y0 = box.y;
  const int w = box.width, h = box.height;
  std::vector<float> squared(std::size_t(w) * h);
  workers.run_rows(h, kRowsEach, box.area(), [&](int first, int last) {
    for (int y = first; y < last; ++y) {
      distances_in_row(&level.kind[std::size_t(y + y0) * level.stride + x0], w,
                       &squared[std::size_t(y) * w]);
    }
  });
  workers.run_rows(w, kRowsEach, box.area(), [&](int first, int last) {
    std::vector<float> column(h), out(h), z(h + 1);
    std::vector<int> v(h);
    for (int x = first; x < last; ++x) {
      for (int y = 0; y < h; ++y) column[y] = squared[std::size_t(y) * w + x];
      distance_1d(column.data(), h, out.data(), v.data(), z.data());
      for (int y = 0; y < h; ++y) {
        level.depth[std::size_t(y + y0) * level.stride + x + x0] =
            std::sqrt(std::min(out[y], 1e8f));
      }
    }
  });
}

// For columns [first, last) of one row: whether `bad` is set anywhere in the row of 7.
PAWFECT_CLONES
void widen_row(const std::uint8_t* bad, int first, int last, std::uint8_t* wide) {
  for (int x = first; x < last; ++x) {
    wide[x] = bad[x - 3] | bad[x - 2] | bad[x - 1] | bad[x] | bad[x + 1] | bad[x + 2] | bad[x + 3];
  }
}

// ... and whether no widened row of the patch's 7 is.
PAWFECT_CLONES
void mark_row(const std::uint8_t* wide, int stride, int first, int last, std::uint8_t* ok) {
  for (int x = first; x < last; ++x) {
    std::uint8_t any = 0;
    for (int d = -kPatchRadius; d <= kPatchRadius; ++d) any |= wide[x + d * stride];
    ok[x] = any ? 0 : 1;
  }
}

// Marks, per patch centre, whether the patch holds no pixel for which `bad` is set: two passes.
// Centres of rows [first, last) only.
void patches_without(const Level& level, const Plane<std::uint8_t>& bad, int first, int last,
                     std::vector<std::uint8_t>& ok, Workers& workers) {
  const int w = level.width, h = level.height, stride = level.stride;
  first = std::max(first, kPatchRadius), last = std::min(last, h - kPatchRadius);
  if (first >= last) return;
  Plane<std::uint8_t> wide(std::size_t(level.size()));
  const int top = first - kPatchRadius, rows = last + kPatchRadius - top;
  workers.run_rows(rows, kRowsEach, std::int64_t{rows} * w, [&](int from, int to) {
    for (int y = top + from; y < top + to; ++y) {
      const std::size_t row = std::size_t(y) * stride;
      widen_row(&bad[row], kPatchRadius, w - kPatchRadius, &wide[row]);
    }
  });
  workers.run_rows(last - first, kRowsEach, std::int64_t{rows} * w, [&](int from, int to) {
    for (int y = first + from; y < first + to; ++y) {
      const std::size_t row = std::size_t(y) * stride;
      mark_row(&wide[row], stride, kPatchRadius, w - kPatchRadius, &ok[row]);
    }
  });
}

PAWFECT_CLONES
void mark_unknown(const std::uint8_t* kind, std::size_t count, std::uint8_t* is_unknown) {
  for (std::size_t i = 0; i < count; ++i) is_unknown[i] = kind[i] != kKnown;
}

PAWFECT_CLONES
void mark_hole(const std::uint8_t* kind, std::size_t count, std::uint8_t* is_hole) {
  for (std::size_t i = 0; i < count; ++i) is_hole[i] = kind[i] == kHole;
}

// Where the hole lies; empty when there is none.
PixelRect find_hole_box(const Level& level) {
  PixelRect box;
  for (int y = 0; y < level.height; ++y) {
    const auto row = level.kind.begin() + std::ptrdiff_t(y) * level.stride;
    const auto first = std::find(row, row + level.width, kHole);
    if (first == row + level.width) continue;
    auto last = row + level.width;
    while (*(last - 1) != kHole) --last;
    box = bounding(box, {int(first - row), y, int(last - first), 1});
  }
  return box;
}

void find_sources(Level& level, Workers& workers) {
  Plane<std::uint8_t> bad(std::size_t(level.size()));
  workers.run_rows(level.height, kRowsEach, level.size(), [&](int from, int to) {
    const std::size_t at = std::size_t(from) * level.stride;
    mark_unknown(&level.kind[at], std::size_t(to - from) * level.stride, &bad[at]);
  });
  level.source_ok.assign(bad.size(), 0);
  patches_without(level, bad, 0, level.height, level.source_ok, workers);
  const auto first = std::find(level.source_ok.begin(), level.source_ok.end(), 1);
  const bool has_some = first != level.source_ok.end();
  level.first_source = has_some ? std::int32_t(first - level.source_ok.begin()) : -1;
  level.sources = int(std::count(level.source_ok.begin(), level.source_ok.end(), 1));
}

// Hole pixels, and the patches that touch them: nothing of either lies farther from the hole's box
// than a patch reaches.
void find_targets(Level& level, Workers& workers) {
  const int h = level.height, stride = level.stride;
  level.targets.clear(), level.hole_pixels.clear();
  level.target_rows.assign(std::size_t(h) + 1, 0);
  level.hole_box = find_hole_box(level);
  if (level.hole_box.is_empty()) return;
  const int top = std::max(0, level.hole_box.y - kPatchRadius);
  const int bottom = std::min(h, level.hole_box.bottom() + kPatchRadius);
  const int left = std::max(0, level.hole_box.x - kPatchRadius);
  const int right = std::min(level.width, level.hole_box.right() + kPatchRadius);
  Plane<std::uint8_t> is_hole(std::size_t(level.size()));
  std::vector<std::uint8_t> free_of_hole(is_hole.size(), 1);
  const std::size_t seen_from = std::size_t(std::max(0, top - kPatchRadius)) * stride;
  const std::size_t seen_to = std::size_t(std::min(h, bottom + kPatchRadius)) * stride;
  mark_hole(&level.kind[seen_from], seen_to - seen_from, &is_hole[seen_from]);
  patches_without(level, is_hole, top, bottom, free_of_hole, workers);
  for (int y = top; y < bottom; ++y) {
    level.target_rows[y] = std::int32_t(level.targets.size());
    for (int i = y * stride + left; i < y * stride + right; ++i) {
      if (is_hole[i]) level.hole_pixels.push_back(i);
      if (!free_of_hole[i]) level.targets.push_back(i);
    }
  }
  std::fill(level.target_rows.begin() + bottom, level.target_rows.end(),
            std::int32_t(level.targets.size()));
}

}  // namespace

Level make_level(int width, int height) {
  Level level;
  level.width = width;
  level.height = height;
  level.stride = width + kRowPadding;
  level.pixels.assign(std::size_t(level.size()) * 4 + kTailPadding, 0);
  level.kind.assign(std::size_t(level.size()), kUnusable);
  return level;
}

void index_level(Level& level, Workers& workers) {
  find_sources(level, workers);
  find_targets(level, workers);
  measure_depth(level, workers);
  constexpr float kDeepest = 60.0f;  // 2^-60 is still a weight
  constexpr int kTargetsEach = 4096;
  level.vote_weight.resize(std::size_t(level.size()));
  const int count = int(level.targets.size());
  workers.run_rows(count, kTargetsEach, count, [&](int first, int last) {
    // In double precision, then rounded: the C library's last bit differs between processors.
    for (int k = first; k < last; ++k) {
      const int t = level.targets[k];
      level.vote_weight[t] = float(std::exp2(-double(std::min(kDeepest, level.depth[t]))));
    }
  });
}

namespace {

// Adds one fine row, times its tap, to the column sums: known pixels only.
PAWFECT_CLONES
void add_row_for_halving(const std::uint8_t* pixels, const std::uint8_t* kind, int width, int tap,
                         std::int32_t* sums, std::int32_t* weights) {
  for (int x = 0; x < width; ++x) {
    const int k = kind[x] == kKnown ? tap : 0;
    weights[x] += k;
    for (int c = 0; c < 4; ++c) sums[4 * x + c] += k * pixels[4 * x + c];
  }
}

std::uint8_t coarse_kind(const Level& fine, int x, int y) {
  int known = 0, hole = 0, unusable = 0;
  for (int child = 0; child < 4; ++child) {
    const int fx = std::min(2 * x + (child & 1), fine.width - 1);
    const int fy = std::min(2 * y + (child >> 1), fine.height - 1);
    const std::uint8_t kind = fine.kind[std::size_t(fy) * fine.stride + fx];
    known += kind == kKnown, hole += kind == kHole, unusable += kind == kUnusable;
  }
  return known >= 3 ? kKnown : (hole >= unusable ? kHole : kUnusable);
}

// Rows [first, last) of the coarse level.
void halve_rows(const Level& fine, Level& coarse, int first, int last) {
  constexpr int kTap[4] = {1, 3, 3, 1};
  // Column sums with one empty column on the left and two on the right, so that the taps never
  // leave.
  const std::size_t columns = std::size_t(fine.width) + 4;
  std::vector<std::int32_t> sums(columns * 4), weights(columns);
  for (int y = first; y < last; ++y) {
    std::fill(sums.begin(), sums.end(), 0), std::fill(weights.begin(), weights.end(), 0);
    for (int k = 0; k < 4; ++k) {
      const int fy = 2 * y + k - 1;
      if (fy < 0 || fy >= fine.height) continue;
      const std::size_t row = std::size_t(fy) * fine.stride;
      add_row_for_halving(&fine.pixels[row * 4], &fine.kind[row], fine.width, kTap[k], &sums[4],
                          &weights[1]);
    }
    for (int x = 0; x < coarse.width; ++x) {
      const std::size_t i = std::size_t(y) * coarse.stride + x;
      coarse.kind[i] = coarse_kind(fine, x, y);
      const std::int32_t *s = &sums[std::size_t(x) * 8], *w = &weights[std::size_t(x) * 2];
      const std::int32_t weight = w[0] + 3 * w[1] + 3 * w[2] + w[3];
      if (weight == 0) continue;
      constexpr std::int32_t kAllKnown = 64;  // most pixels: a shift, not a division
      for (int c = 0; c < 4; ++c) {
        const std::int32_t sum = s[c] + 3 * s[4 + c] + 3 * s[8 + c] + s[12 + c];
        coarse.pixels[i * 4 + c] = std::uint8_t(
            weight == kAllKnown ? (sum + kAllKnown / 2) / kAllKnown : (sum + weight / 2) / weight);
      }
    }
  }
}

}  // namespace

Level halve(const Level& fine, Workers& workers) {
  Level coarse = make_level((fine.width + 1) / 2, (fine.height + 1) / 2);
  workers.run_rows(coarse.height, kRowsEach, fine.size(),
                   [&](int first, int last) { halve_rows(fine, coarse, first, last); });
  return coarse;
}

float hole_thickness(const Level& level) {
  float most = 0;
  for (const int i : level.hole_pixels) most = std::max(most, level.depth[i]);
  return 2 * most;
}

}  // namespace pawfect::texture
