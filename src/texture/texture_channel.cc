#include <algorithm>
#include <cstdlib>
#include <utility>

#include "texture/clones.h"
#include "texture/level.h"

namespace pawfect::texture {
namespace {

PAWFECT_CLONES
void luma_row(const std::uint8_t* pixels, int width, std::int32_t* luma) {
  for (int x = 0; x < width; ++x) {
    luma[x] = (29 * pixels[4 * x] + 150 * pixels[4 * x + 1] + 77 * pixels[4 * x + 2] + 128) >> 8;
  }
}

// |dx| + |dy| of the luma between known pixels, and which pixels are known.
struct Activity {
  std::vector<std::int32_t> steps;
  std::vector<std::uint8_t> counted;
};

void measure_activity(const Level& level, int first, int last, Activity& activity) {
  const int w = level.width, h = level.height, stride = level.stride;
  const std::uint8_t* kind = level.kind.data();
  std::int32_t* steps_of = activity.steps.data();
  std::uint8_t* counted = activity.counted.data();
  std::vector<std::int32_t> here(stride), below(stride);
  luma_row(&level.pixels[std::size_t(first) * stride * 4], w, here.data());
  for (int y = first; y < last; ++y, std::swap(here, below)) {
    const std::size_t row = std::size_t(y) * stride;
    const bool has_below = y + 1 < h;
    if (has_below) luma_row(&level.pixels[(row + stride) * 4], w, below.data());
    const std::int32_t *luma = here.data(), *luma_below = below.data();
    for (int x = 0; x < w; ++x) {
      const std::size_t i = row + x;
      if (kind[i] != kKnown) continue;
      int steps = 0;
      if (x + 1 < w && kind[i + 1] == kKnown) steps += std::abs(luma[x + 1] - luma[x]);
      if (has_below && kind[i + stride] == kKnown) steps += std::abs(luma_below[x] - luma[x]);
      steps_of[i] = steps;
      counted[i] = 1;
    }
  }
}

PAWFECT_CLONES
void add_scaled(const std::int32_t* steps, const std::uint8_t* counted, int sign, int width,
                std::int32_t* sum, std::int32_t* count) {
  for (int x = 0; x < width; ++x) sum[x] += sign * steps[x], count[x] += sign * counted[x];
}

// The mean over a box, from column sums and a box that runs along each row.
void write_texture(Level& level, const Activity& activity, const Settings& settings, int first,
                   int last) {
  const int w = level.width, h = level.height, stride = level.stride, r = settings.texture_radius;
  std::vector<std::int32_t> sum(std::size_t(w), 0), count(std::size_t(w), 0);
  const auto add_row = [&](int y, int sign) {
    if (y < 0 || y >= h) return;
    const std::size_t row = std::size_t(y) * stride;
    add_scaled(&activity.steps[row], &activity.counted[row], sign, w, sum.data(), count.data());
  };
  for (int y = first - r; y < first + r; ++y) add_row(y, 1);
  for (int y = first; y < last; ++y) {
    add_row(y + r, 1);
    if (y > first) add_row(y - r - 1, -1);
    int s = 0, n = 0;
    const std::int32_t *sums = sum.data(), *counts = count.data();
    std::uint8_t* pixels = &level.pixels[std::size_t(y) * stride * 4];
    for (int x = 0; x < std::min(r, w); ++x) s += sums[x], n += counts[x];
    for (int x = 0; x < w; ++x) {
      if (x + r < w) s += sums[x + r], n += counts[x + r];
      if (x - r - 1 >= 0) s -= sums[x - r - 1], n -= counts[x - r - 1];
      if (n == 0) continue;
      const float mean = float(s) / float(n);
      pixels[x * 4 + 3] = std::uint8_t(std::min(255.0f, settings.texture_gain * mean + 0.5f));
    }
  }
}

}  // namespace

void add_texture_channel(Level& level, const Settings& settings, Workers& workers) {
  Activity activity;
  activity.steps.assign(std::size_t(level.size()), 0);
  activity.counted.assign(std::size_t(level.size()), 0);
  constexpr int kBandRows = 64;  // the column sums start anew with each band
  workers.run_rows(level.height, kBandRows, level.size(),
                   [&](int first, int last) { measure_activity(level, first, last, activity); });
  workers.run_rows(level.height, kBandRows, level.size(), [&](int first, int last) {
    write_texture(level, activity, settings, first, last);
  });
}

}  // namespace pawfect::texture
