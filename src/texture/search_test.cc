#include "texture/search.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "texture/patch_distance.h"
#include "texture/random.h"
#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

constexpr std::uint64_t kSeed = 77;

Level indexed_noise(int width, int height, std::mt19937& random) {
  while (true) {
    const auto masks = drawn::random_masks(width, height, random);
    Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
    index_level(level);
    if (level.sources > 0 && !level.targets.empty()) return level;
  }
}

void expect_valid(const Level& level, const NearestField& field) {
  std::vector<std::uint8_t> is_target(std::size_t(level.size()), 0);
  for (const int t : level.targets) is_target[t] = 1;
  const int top = std::max(0, level.hole_box.y - kFieldMargin);
  const int bottom = std::min(level.height, level.hole_box.bottom() + kFieldMargin);
  for (std::int64_t i = std::int64_t{top} * level.stride; i < bottom * level.stride; ++i) {
    if (is_target[i] == 0) {
      ASSERT_EQ(field.source[i], -1);
    } else {
      ASSERT_GE(field.source[i], 0);
      ASSERT_NE(level.source_ok[field.source[i]], 0);
    }
  }
}

// What copying s to t costs now, counted anew.
std::uint32_t true_cost(const Level& level, const std::vector<std::uint16_t>& penalty, int t,
                        int s) {
  const auto corner = [&](int i) {
    return level.pixels.data() + 4 * (std::ptrdiff_t(i) - kPatchRadius * level.stride) -
           4 * kPatchRadius;
  };
  return penalty[std::abs(t / level.stride - s / level.stride)] +
         PlainPatch(corner(t), 4 * std::ptrdiff_t(level.stride)).distance_to(corner(s));
}

TEST(RowPenalties, GrowWithTheDistanceAndStayInSixteenBits) {
  const Level level = make_level(10, 100);
  Settings settings;
  settings.row_weight = 20.0f;
  const auto penalty = row_penalties(level, settings);
  ASSERT_EQ(penalty.size(), 100u);
  EXPECT_EQ(penalty[0], 0);
  EXPECT_EQ(penalty[50], 490);  // 20 x 49 x 50 / 100
  EXPECT_TRUE(std::ranges::is_sorted(penalty));
  settings.row_weight = 1e9f;
  EXPECT_EQ(row_penalties(level, settings)[99], 65535);
}

TEST(RandomField, GivesEveryTargetAKnownSourceAndNobodyElseOne) {
  std::mt19937 random(41);
  for (int k = 0; k < 20; ++k) {
    const Level level = indexed_noise(20 + k, 60 - 2 * k, random);
    expect_valid(level, random_field(level, kSeed));
  }
}

TEST(RandomField, FindsTheOnlySourceThereIs) {
  std::mt19937 random(42);
  Mask hole(60, 50, 255);
  shapes::add_rect(hole, {50, 40, 7, 7}, 0);
  Level level = drawn::noise_level(hole, random);
  index_level(level);
  ASSERT_EQ(level.sources, 1);
  expect_valid(level, random_field(level, kSeed));
}

TEST(RandomField, HangsOnNothingButTheSeed) {
  std::mt19937 random(43);
  const Level level = indexed_noise(50, 40, random);
  EXPECT_EQ(random_field(level, 1).source, random_field(level, 1).source);
  EXPECT_NE(random_field(level, 1).source, random_field(level, 2).source);
}

TEST(UpsampleField, GivesEveryTargetAKnownSource) {
  Workers alone(1);
  std::mt19937 random(44);
  for (int k = 0; k < 30; ++k) {
    const Level fine = indexed_noise(24 + int(random() % 50), 24 + int(random() % 50), random);
    Level coarse = halve(fine);
    index_level(coarse);
    if (coarse.sources == 0) continue;
    expect_valid(fine, upsample_field(random_field(coarse, kSeed), coarse, fine, kSeed, alone));
  }
}

TEST(UpsampleField, DoublesOffsets) {
  Workers alone(1);
  std::mt19937 random(45);
  Level fine = drawn::noise_level(shapes::disc(120, 60, 60, 30, 8), random);
  index_level(fine);
  Level coarse = halve(fine);
  index_level(coarse);
  NearestField field = random_field(coarse, kSeed);
  for (const int t : coarse.targets) field.source[t] = t - 20;  // all from the left
  const NearestField finer = upsample_field(field, coarse, fine, kSeed, alone);
  for (const int t : fine.targets) EXPECT_EQ(finer.source[t], t - 40);
}

TEST(UpsampleField, StandsInForAHolePartThatVanishedOnTheCoarseLevel) {
  Workers alone(1);
  std::mt19937 random(46);
  Mask hole = shapes::disc(80, 60, 20, 30, 8);
  hole.at(60, 20) = 255;  // one of four children: the coarse pixel is known
  Level fine = drawn::noise_level(hole, random);
  index_level(fine);
  Level coarse = halve(fine);
  index_level(coarse);
  expect_valid(fine, upsample_field(random_field(coarse, kSeed), coarse, fine, kSeed, alone));
}

TEST(RunPass, NeverRaisesACostAndCopiesOnlyFromKnownPatches) {
  std::mt19937 random(47);
  Workers workers(1);
  for (int k = 0; k < 15; ++k) {
    const Level level = indexed_noise(20 + int(random() % 60), 20 + int(random() % 60), random);
    const auto penalty = row_penalties(level, {});
    NearestField field = random_field(level, kSeed);
    run_pass(level, field, drawn::only_rows(level, penalty), {.is_stale = true}, workers);
    for (int p = 0; p < 6; ++p) {
      const Plane<std::uint32_t> before = field.cost;
      run_pass(level, field, drawn::only_rows(level, penalty),
               {.seed = mix(p), .reach = p < 3 ? 60 : 0, .is_backwards = p % 2 == 1}, workers);
      expect_valid(level, field);
      for (const int t : level.targets) {
        ASSERT_LE(field.cost[t], before[t]);
        ASSERT_EQ(field.cost[t], true_cost(level, penalty, t, field.source[t]));
      }
    }
  }
}

TEST(RunPass, AStalePassMeasuresAllCostsAnew) {
  std::mt19937 random(48);
  Level level = indexed_noise(60, 50, random);
  const auto penalty = row_penalties(level, {});
  Workers workers(1);
  NearestField field = random_field(level, kSeed);
  run_pass(level, field, drawn::only_rows(level, penalty),
           {.seed = 1, .reach = 20, .is_stale = true}, workers);
  for (const int i : level.hole_pixels) level.pixels[std::size_t(i) * 4] ^= 0x55;
  run_pass(level, field, drawn::only_rows(level, penalty),
           {.seed = 2, .reach = 20, .is_stale = true}, workers);
  for (const int t : level.targets)
    EXPECT_EQ(field.cost[t], true_cost(level, penalty, t, field.source[t]));
}

// Noise whose right half repeats the left one, with a hole on the right and its true content still
// in place: copying from kPeriod to the left costs nothing.
constexpr int kPeriod = 50;
Level repeated_noise() {
  std::mt19937 random(49);
  Level level = drawn::noise_level(shapes::disc(2 * kPeriod, 60, 75, 30, 12), random);
  for (int y = 0; y < level.height; ++y) {
    for (int x = kPeriod; x < level.width; ++x) {
      const std::size_t i = std::size_t(y) * level.stride + x;
      std::copy_n(&level.pixels[(i - kPeriod) * 4], 4, &level.pixels[i * 4]);
    }
  }
  index_level(level);
  return level;
}

TEST(RunPass, OneRightSourceSpreadsOverTheWholeHole) {
  const Level level = repeated_noise();
  const auto penalty = row_penalties(level, {});
  Workers workers(1);
  NearestField field = random_field(level, kSeed);
  const int middle = 30 * level.stride + 75;
  field.source[middle] = middle - kPeriod;
  // A band of rows hears of its neighbours one pass later, so that it takes a few.
  for (int p = 0; p < 8; ++p)
    run_pass(level, field, drawn::only_rows(level, penalty),
             {.is_backwards = p % 2 == 1, .is_stale = p == 0}, workers);
  for (const int t : level.targets) ASSERT_EQ(field.source[t], t - kPeriod);
}

TEST(RunPass, RandomStepsFindWhatLiesWithinReach) {
  const Level level = repeated_noise();
  const auto penalty = row_penalties(level, {});
  Workers workers(1);
  NearestField field = random_field(level, kSeed);
  for (const int t : level.targets)
    field.source[t] = t - kPeriod + 2;  // near, but wrong everywhere
  for (int p = 0; p < 8; ++p) {
    const Pass pass = {.seed = mix(p), .reach = 4, .is_backwards = p % 2 == 1, .is_stale = p == 0};
    run_pass(level, field, drawn::only_rows(level, penalty), pass, workers);
  }
  for (const int t : level.targets) ASSERT_EQ(field.source[t], t - kPeriod);
}

}  // namespace
}  // namespace pawfect::texture
