#include "texture/synthesis.h"

#include <algorithm>

#include "texture/labels.h"
#include "texture/likeness.h"
#include "texture/onion.h"
#include "texture/paint.h"
#include "texture/random.h"
#include "texture/search.h"
#include "texture/vote.h"

namespace pawfect::texture {
namespace {

constexpr const char* kStage = "texture";

std::vector<Level> build_pyramid(Level full, const Settings& s, Workers& workers) {
  std::vector<Level> levels;
  levels.push_back(std::move(full));
  while (true) {
    const Level& level = levels.back();
    const float thickness = hole_thickness(level);
    const bool is_small =
        thickness <= float(s.coarsest_thickness) && int(level.targets.size()) <= s.coarsest_targets;
    if (is_small || thickness < float(s.thinnest)) break;
    if (std::min(level.width, level.height) / 2 < s.min_side) break;
    Level next = halve(level, workers);
    index_level(next, workers);
    if (next.sources < s.min_sources || next.hole_pixels.empty()) break;
    levels.push_back(std::move(next));
  }
  return levels;
}

// Share of the whole work that is done when `level` of `levels` begins (a level costs four times
// the next coarser one).
double share_before(int level, int levels) {
  double done = 0, all = 0, cost = 1;
  for (int k = levels - 1; k >= 0; --k, cost *= 4) {
    if (k > level) done += cost;
    all += cost;
  }
  return done / all;
}

class Synthesiser {
 public:
  Synthesiser(const Settings& settings, std::uint64_t seed, Workers& workers,
              const JobControl& control)
      : settings_(settings), seed_(seed), workers_(workers), control_(control) {}

  Result<Synthesis> run(Level full) {
    std::vector<Level> levels = build_pyramid(std::move(full), settings_, workers_);
    const int top = int(levels.size()) - 1;
    const int small = small_level(levels);
    const LikenessMap likeness = measure_likeness(levels[small], small, settings_, workers_);
    NearestField field;
    for (int k = top; k >= 0; --k) {
      Level& level = levels[k];
      penalties_ = {row_penalties(level, settings_), likeness_at(likeness, level, k, workers_)};
      level_seed_ = mix(seed_ * 1000003 + std::uint64_t(k));
      const int whole = std::max(level.width, level.height);
      if (k == top) {
        field = first_field(level, whole);
      } else {
        field = upsample_field(field, levels[k + 1], level, level_seed_, workers_);
        levels[k + 1] = Level();  // its memory is not needed any more
        vote(level, field, workers_);
        run_pass(level, field, penalties_, {.is_stale = true}, workers_);
        repaint(level, field);
      }
      const int rounds = k == top ? settings_.coarsest_rounds
                         : k == 0 ? settings_.finest_rounds
                                  : settings_.middle_rounds;
      const int reach = k >= top - 1 ? whole
                        : k == 0     ? settings_.finest_reach
                                     : settings_.middle_reach;
      const double before = share_before(k, top + 1), after = share_before(k - 1, top + 1);
      for (int round = 0; round < rounds; ++round) {
        if (control_.is_cancelled())
          return fail(ErrorCode::kCancelled, "cancelled while the hole was being filled");
        control_.report(kStage, before + (after - before) * double(round) / rounds);
        search(level, field, round, reach);
        // Only the places go on to the next size: colours are made for a search to come, or for
        // the labels at full size.
        if (k > 0 && round + 1 == rounds) break;
        vote(level, field, workers_);
        if (k > 0) repaint(level, field);
      }
    }
    std::vector<std::int32_t> label = pick_labels(levels[0], field, settings_, workers_);
    return Synthesis{std::move(levels[0]), std::move(label)};
  }

 private:
  // The coarsest level that still has enough pixels to tell colours by.
  int small_level(const std::vector<Level>& levels) const {
    int k = int(levels.size()) - 1;
    while (k > 0 && std::int64_t{levels[k].width} * levels[k].height < settings_.ring_pixels) --k;
    return k;
  }

  NearestField first_field(Level& level, int whole) {
    peel_onion(level, settings_, penalties_.by_row, workers_);
    NearestField field = random_field(level, level_seed_);
    for (int p = 0; p < settings_.first_passes; ++p) {
      const Pass pass = {.seed = mix(level_seed_ + 100 + std::uint64_t(p)),
                         .reach = whole,
                         .is_backwards = p % 2 == 1,
                         .is_stale = p == 0};
      run_pass(level, field, penalties_, pass, workers_);
    }
    vote(level, field, workers_);
    return field;
  }

  void search(const Level& level, NearestField& field, int round, int reach) {
    for (int p = 0; p < settings_.passes; ++p) {
      const Pass pass = {
          .seed = mix(level_seed_ + 1000 * std::uint64_t(round + 1) + std::uint64_t(p)),
          .reach = reach,
          .is_backwards = p % 2 == 1,
          .is_stale = p == 0};
      run_pass(level, field, penalties_, pass, workers_);
    }
  }

  void repaint(Level& level, const NearestField& field) {
    paint_level(level, pick_labels(level, field, settings_, workers_), settings_,
                settings_.repaint_rounds, workers_);
  }

  const Settings& settings_;
  const std::uint64_t seed_;
  Workers& workers_;
  const JobControl& control_;
  Penalties penalties_;  // of the present level
  std::uint64_t level_seed_ = 0;
};

}  // namespace

Result<Synthesis> synthesise(Level full, const Settings& settings, std::uint64_t seed,
                             Workers& workers, const JobControl& control) {
  add_texture_channel(full, settings, workers);
  index_level(full, workers);
  if (full.hole_pixels.empty()) {
    std::vector<std::int32_t> none(std::size_t(full.size()), -1);
    return Synthesis{std::move(full), std::move(none)};
  }
  if (full.sources == 0) {
    return fail(
        ErrorCode::kMaskRejected,
        "mask: nothing to copy from: around the hole there is no known area of 7 x 7 pixels; "
        "mark less, or use a larger photo");
  }
  return Synthesiser(settings, seed, workers, control).run(std::move(full));
}

}  // namespace pawfect::texture
