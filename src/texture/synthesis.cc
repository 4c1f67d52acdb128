#include "texture/synthesis.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "texture/correction.h"
#include "texture/random.h"

namespace pawfect::texture {
namespace {

std::vector<std::uint16_t> row_penalties(const Level& level, const Settings& s) {
  std::vector<std::uint16_t> p(level.height);
  for (int d = 0; d < level.height; ++d) p[d] = std::uint16_t(s.row_weight * kPatchPixels * float(d) / float(level.height));
  return p;
}

// The hole's colours at the coarsest level, one ring at a time from the rim inwards.
void onion(Level& level, const Settings& settings, const std::vector<std::uint16_t>& penalty, std::uint64_t seed) {
  const int stride = level.stride, w = level.width, h = level.height;
  std::vector<std::int32_t> sources;
  for (int i = 0; i < int(level.size()); ++i) if (level.source_ok[i]) sources.push_back(i);
  std::size_t most = settings.onion_sources;
  if (level.targets.size() > 1500) most = most * 1500 / level.targets.size();
  if (sources.size() > most) {
    std::vector<std::int32_t> some(most);
    for (std::size_t k = 0; k < most; ++k) some[k] = sources[k * sources.size() / most];
    sources.swap(some);
  }
  std::vector<std::uint8_t> filled(level.size());
  for (int i = 0; i < int(level.size()); ++i) filled[i] = level.kind[i] == kKnown;
  std::vector<std::int32_t> todo = level.hole_pixels;
  std::vector<std::int32_t> layer;
  (void)seed;
  while (!todo.empty()) {
    layer.clear();
    for (const int i : todo) {
      const int y = i / stride, x = i - y * stride;
      if ((x > 0 && filled[i - 1]) || (x + 1 < w && filled[i + 1]) || (y > 0 && filled[i - stride]) || (y + 1 < h && filled[i + stride])) layer.push_back(i);
    }
    if (layer.empty()) return;
    std::vector<std::uint32_t> colour(layer.size());
    for (std::size_t k = 0; k < layer.size(); ++k) {
      const int i = layer[k], y = i / stride, x = i - y * stride;
      std::uint8_t mask[kPatchPixels * 4], want[kPatchPixels * 4];
      int n = 0;
      for (int dy = -3; dy <= 3; ++dy) for (int dx = -3; dx <= 3; ++dx, ++n) {
        const bool ok = x + dx >= 0 && x + dx < w && y + dy >= 0 && y + dy < h && filled[i + dy * stride + dx];
        std::memset(mask + 4 * n, ok ? 255 : 0, 4);
        if (ok) std::memcpy(want + 4 * n, &level.pixels[(i + dy * stride + dx) * 4], 4); else std::memset(want + 4 * n, 0, 4);
      }
      int weight = 0;
      for (int j = 0; j < kPatchPixels; ++j) weight += mask[4 * j] != 0;
      std::uint32_t best = ~0u; int best_s = sources[0];
      for (const int s : sources) {
        std::uint32_t c = std::uint32_t(penalty[std::abs(s / stride - y)]) * weight / kPatchPixels;
        for (int r = 0; r < 7 && c < best; ++r) {
          const std::uint8_t* p = &level.pixels[(s + (r - 3) * stride - 3) * 4];
          std::uint32_t row = 0;
          for (int j = 0; j < 28; ++j) row += std::uint32_t(std::abs(int(p[j] & mask[28 * r + j]) - int(want[28 * r + j])));
          c += row;
        }
        if (c < best) best = c, best_s = s;
      }
      std::memcpy(&colour[k], &level.pixels[best_s * 4], 4);
    }
    for (std::size_t k = 0; k < layer.size(); ++k) {
      std::memcpy(&level.pixels[layer[k] * 4], &colour[k], 4);
      filled[layer[k]] = 1;
    }
    std::erase_if(todo, [&](int i) { return filled[i] != 0; });
  }
}

void vote(Level& level, const NearestField& field) {
  const int stride = level.stride, w = level.width, h = level.height;
  std::vector<float> weight(level.size(), 0.0f);
  for (const int t : level.targets) weight[t] = std::exp2(-std::min(60.0f, level.depth[t]));
  for (const int i : level.hole_pixels) {
    const int y = i / stride, x = i - y * stride;
    float sum[4] = {0, 0, 0, 0}, total = 0;
    for (int dy = std::max(-3, -y); dy <= std::min(3, h - 1 - y); ++dy) {
      for (int dx = std::max(-3, -x); dx <= std::min(3, w - 1 - x); ++dx) {
        const int q = i + dy * stride + dx;
        const int s = field.source[q];
        if (s < 0) continue;
        const float k = weight[q];
        const std::uint8_t* p = &level.pixels[4 * (s - dy * stride - dx)];
        for (int c = 0; c < 4; ++c) sum[c] += k * float(p[c]);
        total += k;
      }
    }
    if (total <= 0) continue;
    const float inverse = 1.0f / total;
    for (int c = 0; c < 4; ++c) level.pixels[4 * i + c] = std::uint8_t(sum[c] * inverse + 0.5f);
  }
}

// One source pixel per hole pixel (index), looking at the voted colours in `level`.
void pick_labels(const Level& level, const NearestField& field, const Settings& settings, std::vector<std::int32_t>& label) {
  const int stride = level.stride, w = level.width, h = level.height, R = settings.label_radius;
  label.assign(level.size(), -1);
  if (level.targets.empty()) return;
  std::vector<std::uint32_t> costs;
  costs.reserve(level.targets.size());
  for (const int t : level.targets) costs.push_back(field.cost[t]);
  auto nth = costs.begin() + std::ptrdiff_t(costs.size() * 3 / 4);
  std::nth_element(costs.begin(), nth, costs.end());
  const float scale = 1.0f / (4.0f * float(std::max(1u, *nth)));
  std::vector<float> base(level.size(), 0.0f);
  for (const int t : level.targets) base[t] = float(field.cost[t]) * scale + settings.depth_pull * level.depth[t];
  for (const int i : level.hole_pixels) {
    const int y = i / stride, x = i - y * stride;
    float best = 1e30f; int best_s = -1;
    const auto look = [&](int r) {
      for (int dy = std::max(-r, -y); dy <= std::min(r, h - 1 - y); ++dy) {
        for (int dx = std::max(-r, -x); dx <= std::min(r, w - 1 - x); ++dx) {
          const int q = i + dy * stride + dx;
          if (field.source[q] < 0) continue;
          float c = base[q];
          if (c >= best) continue;
          const int s = field.source[q] - dy * stride - dx;
          int d = 0;
          for (int k = 0; k < 4; ++k) d += std::abs(int(level.pixels[4 * s + k]) - int(level.pixels[4 * i + k]));
          c += settings.colour_pull * float(d);
          if (c < best) best = c, best_s = s;
        }
      }
    };
    look(R);
    if (best_s < 0) look(3);  // picture corners: only far patches reach
    label[i] = best_s;
  }
}

float fade(float step, const Settings& s) {
  const float a = std::abs(step);
  if (a <= s.step_full) return step;
  if (a >= s.step_none) return 0;
  return step * (s.step_none - a) / (s.step_none - s.step_full);
}

// Copies labels into the hole and adds the gradient correction.
void paint(Level& level, const std::vector<std::int32_t>& label, const Settings& settings) {
  const int stride = level.stride;
  int x0 = level.width, x1 = -1, y0 = level.height, y1 = -1;
  for (const int i : level.hole_pixels) {
    const int y = i / stride, x = i - y * stride;
    x0 = std::min(x0, x), x1 = std::max(x1, x), y0 = std::min(y0, y), y1 = std::max(y1, y);
  }
  if (x1 < 0) return;
  x0 = std::max(0, x0 - 1), y0 = std::max(0, y0 - 1);
  x1 = std::min(level.width - 1, x1 + 1), y1 = std::min(level.height - 1, y1 + 1);
  CorrectionProblem problem;
  problem.width = x1 - x0 + 1, problem.height = y1 - y0 + 1;
  const std::size_t n = std::size_t(problem.width) * problem.height;
  problem.unknown.assign(n, 0), problem.coupled.assign(n, 0), problem.right.assign(n * 4, 0.0f);
  for (int y = y0; y <= y1; ++y) for (int x = x0; x <= x1; ++x) {
    const int i = y * stride + x;
    const std::size_t j = std::size_t(y - y0) * problem.width + (x - x0);
    const bool hole = label[i] >= 0;
    problem.unknown[j] = hole;
    problem.coupled[j] = hole || level.kind[i] == kKnown;
  }
  const std::uint8_t* px = level.pixels.data();
  for (const int i : level.hole_pixels) {
    const int a = label[i];
    if (a < 0) continue;
    const int y = i / stride, x = i - y * stride;
    float* f = &problem.right[4 * (std::size_t(y - y0) * problem.width + (x - x0))];
    const int neighbour[4] = {x > 0 ? -1 : 0, x + 1 < level.width ? 1 : 0, y > 0 ? -stride : 0, y + 1 < level.height ? stride : 0};
    for (const int d : neighbour) {
      if (d == 0) continue;
      const int q = i + d, b = label[q];
      if (b == a + d) continue;
      if (b >= 0) {
        for (int c = 0; c < 4; ++c) {
          const float own = float(px[4 * a + c]) - float(px[4 * (a + d) + c]);
          const float other = float(px[4 * (b - d) + c]) - float(px[4 * b + c]);
          const float present = float(px[4 * a + c]) - float(px[4 * b + c]);
          f[c] += fade(0.5f * (own + other) - present, settings);
        }
      } else if (level.kind[q] == kKnown) {
        for (int c = 0; c < 4; ++c) f[c] += fade(float(px[4 * q + c]) - float(px[4 * (a + d) + c]), settings);
      }
    }
  }
  const std::vector<float> u = solve_correction(problem, settings.screening, settings.v_cycles);
  for (const int i : level.hole_pixels) {
    if (label[i] < 0) continue;
    const int y = i / stride, x = i - y * stride;
    const float* f = &u[4 * (std::size_t(y - y0) * problem.width + (x - x0))];
    for (int c = 0; c < 4; ++c) {
      level.pixels[4 * i + c] = std::uint8_t(std::clamp(float(px[4 * label[i] + c]) + f[c] + 0.5f, 0.0f, 255.0f));
    }
  }
}

void run_pass(const Level& level, NearestField& field, const std::vector<std::uint16_t>& penalty, const PassOptions& options) {
  SearchView v;
  v.pixels = level.pixels.data(), v.source_ok = level.source_ok.data(), v.row_penalty = penalty.data();
  v.targets = level.targets.data(), v.target_rows = level.target_rows.data();
  v.source = field.source.data(), v.cost = field.cost.data();
  v.width = level.width, v.height = level.height, v.stride = level.stride;
  constexpr int kBand = 16;
  const int bands = (level.height + kBand - 1) / kBand;
  std::vector<std::int32_t> snapshot(std::size_t(bands) * level.stride);
  for (int b = 0; b < bands; ++b) {  // the row that the band borrows from its neighbour
    const int row = options.backwards ? std::min(level.height - 1, (b + 1) * kBand) : std::max(0, b * kBand - 1);
    std::copy_n(&field.source[std::size_t(row) * level.stride], level.stride, &snapshot[std::size_t(b) * level.stride]);
  }
  for (int b = 0; b < bands; ++b) {
    SearchView mine = v;
    mine.row_above = b > 0 ? &snapshot[std::size_t(b) * level.stride] : nullptr;
    mine.row_below = b + 1 < bands ? &snapshot[std::size_t(b) * level.stride] : nullptr;
    search_band(mine, options, b * kBand, std::min(level.height, (b + 1) * kBand));
  }
}

int random_source(const Level& level, std::uint64_t key, int around, int reach) {
  const int y = around / level.stride, x = around - y * level.stride;
  std::uint64_t r = key;
  for (int tries = 0; tries < 2000; ++tries) {
    r = mix(r);
    const int span = 2 * reach + 1;
    const int sx = std::clamp(x + int(std::uint32_t(r) % span) - reach, kPatchRadius, level.width - 1 - kPatchRadius);
    const int sy = std::clamp(y + int(std::uint32_t(r >> 32) % span) - reach, kPatchRadius, level.height - 1 - kPatchRadius);
    if (level.source_ok[sy * level.stride + sx]) return sy * level.stride + sx;
    if (tries % 8 == 7) reach = std::min(reach * 2, std::max(level.width, level.height));
  }
  for (int i = 0; i < int(level.size()); ++i) if (level.source_ok[i]) return i;
  return -1;
}

NearestField upsample(const NearestField& coarse, const Level& from, const Level& to, std::uint64_t seed) {
  NearestField f;
  f.source.assign(to.size(), -1), f.cost.assign(to.size(), 0);
  for (const int t : to.targets) {
    const int y = t / to.stride, x = t - y * to.stride;
    const int cx = std::clamp(x / 2, kPatchRadius, from.width - 1 - kPatchRadius), cy = std::clamp(y / 2, kPatchRadius, from.height - 1 - kPatchRadius);
    const int s = coarse.source[cy * from.stride + cx];
    int sx = x, sy = y;
    if (s >= 0) sy = 2 * (s / from.stride - cy) + y, sx = 2 * (s % from.stride - cx) + x;
    sx = std::clamp(sx, kPatchRadius, to.width - 1 - kPatchRadius), sy = std::clamp(sy, kPatchRadius, to.height - 1 - kPatchRadius);
    int i = sy * to.stride + sx;
    if (!to.source_ok[i]) i = random_source(to, mix(seed ^ std::uint64_t(t)), i, 2);
    f.source[t] = i;
  }
  return f;
}

}  // namespace

Filled synthesise(Level full, const Settings& settings, std::uint64_t seed, int threads) {
  (void)threads;
  add_texture_channel(full, settings);
  index_level(full);
  std::vector<Level> levels;
  levels.push_back(std::move(full));
  while (true) {
    const Level& l = levels.back();
    if (hole_thickness(l) <= float(settings.coarsest_thickness) && int(l.targets.size()) <= settings.coarsest_targets) break;
    if (std::min(l.width, l.height) / 2 < settings.min_side || hole_thickness(l) < 8) break;
    Level next = halve(l);
    index_level(next);
    if (next.sources < settings.min_sources || next.hole_pixels.empty()) break;
    levels.push_back(std::move(next));
  }
  NearestField field;
  std::vector<std::int32_t> label;
  const int top = int(levels.size()) - 1;
  for (int k = top; k >= 0; --k) {
    Level& level = levels[k];
    const std::vector<std::uint16_t> penalty = row_penalties(level, settings);
    const std::uint64_t level_seed = mix(seed * 1000003 + k);
    const int whole = std::max(level.width, level.height);
    if (k == top) {
      onion(level, settings, penalty, level_seed);
      field.source.assign(level.size(), -1), field.cost.assign(level.size(), 0);
      for (const int t : level.targets) field.source[t] = random_source(level, mix(level_seed ^ std::uint64_t(t)), t, whole);
      for (int p = 0; p < 6; ++p) {
        run_pass(level, field, penalty, {.seed = mix(level_seed + 100 + p), .reach = whole, .backwards = bool(p & 1), .measure_first = p == 0});
      }
      vote(level, field);
    } else {
      field = upsample(field, levels[k + 1], level, level_seed);
      levels[k + 1] = Level();
      vote(level, field);
      run_pass(level, field, penalty, {.seed = 0, .reach = 0, .measure_first = true});
      pick_labels(level, field, settings, label);
      paint(level, label, settings);
    }
    const int rounds = k == top ? settings.coarsest_rounds : k == 0 ? settings.finest_rounds : settings.middle_rounds;
    const int reach = k >= top - 1 ? whole : k == 0 ? settings.finest_reach : settings.middle_reach;
    for (int r = 0; r < rounds; ++r) {
      for (int p = 0; p < settings.passes; ++p) {
        run_pass(level, field, penalty, {.seed = mix(level_seed + 1000 * (r + 1) + p), .reach = reach, .backwards = bool(p & 1), .measure_first = p == 0});
      }
      vote(level, field);
    }
  }
  Level& out = levels[0];
  pick_labels(out, field, settings, label);
  paint(out, label, settings);
  return {std::move(out), std::move(label)};
}

}  // namespace pawfect::texture
