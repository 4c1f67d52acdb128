// Paint: copies each hole pixel's source and adds the gradient correction, so that pieces from
// different places meet each other and the surroundings without a step. Works on anything that
// gives four numbers (0..255) for a place: a level's own bytes, or the window's channels at full
// depth.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "texture/correction.h"
#include "texture/level.h"
#include "texture/settings.h"
#include "texture/workers.h"

namespace pawfect::texture {

// What is left of a colour step (levels) that the correction should take away: all of a small one,
// nothing of a large one, which is a true edge.
inline float fade_step(float step, const Settings& settings) {
  const float size = std::abs(step);
  if (size <= settings.step_full) return step;
  if (size >= settings.step_none) return 0.0f;
  return step * (settings.step_none - size) / (settings.step_none - settings.step_full);
}

// The problem on the hole's box grown by one pixel. `read(i, out)` gives the four numbers at a
// level index. Where two neighbours come from different places, the wished step between them is the
// step that one of the two sources has there, as a whole pixel: the larger one. Their mean would
// halve the energy of a grain that the two do not share, and the fill would go soft.
template <typename Read>
CorrectionProblem correction_problem(const Level& level, const std::vector<std::int32_t>& label,
                                     const Settings& settings, Workers& workers, const Read& read) {
  const int stride = level.stride;
  const PixelRect grown = {level.hole_box.x - 1, level.hole_box.y - 1, level.hole_box.width + 2,
                           level.hole_box.height + 2};
  CorrectionProblem problem;
  problem.box = intersection(grown, {0, 0, level.width, level.height});
  const std::size_t n = std::size_t(problem.box.area());
  problem.unknown.assign(n, 0), problem.coupled.assign(n, 0), problem.right.resize(n * 4);
  const auto is_known = [&](int i) {
    return i >= 0 && i < int(level.size()) && level.kind[i] == kKnown;
  };

  // The right side of one hole pixel: wished minus present step, over its neighbours.
  const auto add_steps = [&](int i, int x, int y, float* right) {
    const int a = label[i];
    float at_a[4];
    read(a, at_a);
    const int towards[4] = {x > 0 ? -1 : 0, x + 1 < level.width ? 1 : 0, y > 0 ? -stride : 0,
                            y + 1 < level.height ? stride : 0};
    for (const int d : towards) {
      if (d == 0) continue;
      const int q = i + d, b = label[q];
      if (b == a + d || !is_known(a + d)) continue;
      float beyond_a[4], there[4];
      read(a + d, beyond_a);
      if (b < 0) {
        if (level.kind[q] != kKnown) continue;
        read(q, there);
        for (int c = 0; c < 4; ++c) right[c] += fade_step(there[c] - beyond_a[c], settings);
        continue;
      }
      if (!is_known(b - d)) continue;
      float before_b[4];
      read(b, there);
      read(b - d, before_b);
      float size_a = 0, size_b = 0;
      for (int c = 0; c < 3; ++c) {
        size_a += std::abs(at_a[c] - beyond_a[c]);
        size_b += std::abs(before_b[c] - there[c]);
      }
      const bool take_a = size_a > size_b || (size_a == size_b && d > 0);
      for (int c = 0; c < 4; ++c) {
        const float wished = take_a ? at_a[c] - beyond_a[c] : before_b[c] - there[c];
        right[c] += fade_step(wished - (at_a[c] - there[c]), settings);
      }
    }
  };
  constexpr int kRowsEach = 16;
  workers.run_rows(problem.box.height, kRowsEach, problem.box.area(), [&](int first, int last) {
    const std::size_t row_floats = std::size_t(problem.box.width) * 4;
    std::fill(problem.right.begin() + std::ptrdiff_t(first * row_floats),
              problem.right.begin() + std::ptrdiff_t(last * row_floats), 0.0f);
    for (int row = first; row < last; ++row) {
      for (int column = 0; column < problem.box.width; ++column) {
        const int x = problem.box.x + column, y = problem.box.y + row, i = y * stride + x;
        const std::size_t j = std::size_t(row) * problem.box.width + column;
        const bool is_hole = label[i] >= 0;
        problem.unknown[j] = is_hole;
        problem.coupled[j] = is_hole || level.kind[i] == kKnown;
        if (is_hole) add_steps(i, x, y, &problem.right[j * 4]);
      }
    }
  });
  return problem;
}

// Calls paint(i) for every hole pixel's index.
template <typename Paint>
void for_hole_pixels(const Level& level, Workers& workers, const Paint& paint) {
  constexpr int kPixelsEach = 4096;
  const int count = int(level.hole_pixels.size());
  workers.run_rows(count, kPixelsEach, count, [&](int first, int last) {
    for (int k = first; k < last; ++k) paint(level.hole_pixels[k]);
  });
}

// Paints the level itself, for the next round of search; `rounds` of the correction's solver.
void paint_level(Level& level, const std::vector<std::int32_t>& label, const Settings& settings,
                 int rounds, Workers& workers);

}  // namespace pawfect::texture
