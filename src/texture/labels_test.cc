#include "texture/labels.h"

#include <gtest/gtest.h>

#include <random>

#include "texture/random.h"
#include "texture/test_levels.h"
#include "texture/vote.h"

namespace pawfect::texture {
namespace {

NearestField measured_field(Level& level, std::uint64_t seed) {
  Workers workers(1);
  NearestField field = random_field(level, seed);
  const Pass pass = {.seed = mix(seed), .reach = 40, .is_stale = true};
  run_pass(level, field, drawn::only_rows(level, row_penalties(level, {})), pass, workers);
  vote(level, field, workers);
  return field;
}

TEST(PickLabels, EveryHolePixelGetsAKnownPixelAndNoOtherPixelOne) {
  std::mt19937 random(81);
  Workers workers(1);
  int tried = 0;
  while (tried < 20) {
    const int width = 7 + int(random() % 50), height = 7 + int(random() % 50);
    const auto masks = drawn::random_masks(width, height, random);
    Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
    index_level(level);
    if (level.sources == 0) continue;
    ++tried;
    const auto label = pick_labels(level, measured_field(level, tried), {}, workers);
    ASSERT_EQ(std::int64_t(label.size()), level.size());
    for (std::int64_t i = 0; i < level.size(); ++i) {
      if (level.kind[i] != kHole) {
        ASSERT_EQ(label[i], -1);
      } else {
        ASSERT_GE(label[i], 0);
        ASSERT_EQ(level.kind[label[i]], kKnown);
      }
    }
  }
}

TEST(PickLabels, FollowsAFieldThatAgreesWithItself) {
  std::mt19937 random(82);
  Level level = drawn::noise_level(shapes::disc(100, 60, 70, 30, 12), random);
  index_level(level);
  NearestField field = random_field(level, 1);
  for (const int t : level.targets) field.source[t] = t - 40, field.cost[t] = 100;
  Workers workers(1);
  const auto label = pick_labels(level, field, {}, workers);
  for (const int i : level.hole_pixels) EXPECT_EQ(label[i], i - 40);
}

TEST(PickLabels, PrefersTheCheapPatchAmongEquals) {
  std::mt19937 random(83);
  Level level = drawn::pattern_level(shapes::disc(60, 60, 30, 30, 1), [](int, int) { return 90; });
  index_level(level);
  NearestField field = random_field(level, 1);
  for (const int t : level.targets) field.source[t] = t + 20 * level.stride, field.cost[t] = 4000;
  const int middle = 30 * level.stride + 30;
  field.source[middle] = middle - 20;
  field.cost[middle] = 0;
  Settings settings;
  settings.depth_pull = 0.0f;  // the middle patch is centred deepest
  Workers workers(1);
  EXPECT_EQ(pick_labels(level, field, settings, workers)[middle], middle - 20);
}

TEST(PickLabels, PrefersTheSourceWhoseColourIsNearestTheVote) {
  Level level = drawn::pattern_level(shapes::disc(60, 60, 30, 30, 1),
                                     [](int x, int) { return x < 20 ? 100 : 180; });
  index_level(level);
  NearestField field = random_field(level, 1);
  for (const int t : level.targets) {  // half of the patches copy the dark, half the bright side
    field.source[t] = t % 2 == 0 ? t - 20 : t + 18;
    field.cost[t] = 100;
  }
  for (const int i : level.hole_pixels) std::fill_n(&level.pixels[std::size_t(i) * 4], 4, 110);
  Settings settings;
  settings.depth_pull = 0.0f;
  Workers workers(1);
  const auto label = pick_labels(level, field, settings, workers);
  for (const int i : level.hole_pixels)
    EXPECT_EQ(level.pixels[std::size_t(label[i]) * 4], 100) << i;
}

TEST(PickLabels, GivesNoneWhereThereIsNoHole) {
  std::mt19937 random(84);
  Level level = drawn::noise_level(Mask(20, 20), random);
  index_level(level);
  Workers workers(1);
  for (const int label : pick_labels(level, random_field(level, 1), {}, workers))
    EXPECT_EQ(label, -1);
}

TEST(LabelTwins, ThePlainAndTheFastestPickTheSame) {
  std::mt19937 random(75);
  Workers workers(1);
  int compared = 0;
  for (int k = 0; k < 40; ++k) {
    const int width = 7 + int(random() % 70), height = 7 + int(random() % 70);
    const auto masks = drawn::random_masks(width, height, random);
    Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
    index_level(level);
    if (level.sources == 0 || level.targets.empty()) continue;
    NearestField field = random_field(level, random());
    // Many equal costs, so that the first of equals must be taken by both.
    for (const int t : level.targets) field.cost[t] = 1000 * std::uint32_t(random() % 3);
    Settings settings;
    settings.colour_pull = k % 2 == 0 ? 0.05f : 0.0f;
    settings.depth_pull = k % 3 == 0 ? 0.69f : 0.0f;
    ASSERT_EQ(pick_labels(level, field, settings, workers, Kernel::kPlain),
              pick_labels(level, field, settings, workers, Kernel::kFastest))
        << width << " x " << height;
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST(LabelThreads, TheSameLabelsOnOneTwoAndFiveWorkers) {
  std::mt19937 random(85);
  Level level = drawn::noise_level(shapes::disc(160, 160, 80, 80, 60), random);
  index_level(level);
  const NearestField field = measured_field(level, 5);
  Workers alone(1);
  const auto one = pick_labels(level, field, {}, alone);
  for (const int threads : {2, 5}) {
    Workers workers(threads);
    EXPECT_EQ(one, pick_labels(level, field, {}, workers)) << threads << " threads";
  }
}

}  // namespace
}  // namespace pawfect::texture
