#include "texture/vote.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

constexpr std::uint64_t kSeed = 3;

TEST(Vote, APerfectFieldReproducesAPeriodicTexture) {
  constexpr int kPeriod = 12;
  const auto texture = [](int x, int y) { return (x % kPeriod) * 17 + (y % kPeriod) * 3; };
  Level level = drawn::pattern_level(shapes::disc(96, 60, 60, 30, 11), texture);
  index_level(level);
  NearestField field = random_field(level, kSeed);
  for (const int t : level.targets) field.source[t] = t - 3 * kPeriod;
  Workers workers(1);
  vote(level, field, workers);
  for (const int i : level.hole_pixels) {
    const int x = i % level.stride, y = i / level.stride;
    for (int c = 0; c < 4; ++c)
      ASSERT_EQ(level.pixels[std::size_t(i) * 4 + c], texture(x, y)) << x << ' ' << y;
  }
}

TEST(Vote, IsTheWeightedMeanOfAllPatchesOverThePixel) {
  std::mt19937 random(71);
  Level level = drawn::noise_level(shapes::disc(40, 30, 4, 15, 6), random);  // at the left border
  index_level(level);
  const NearestField field = random_field(level, kSeed);
  const Level before = level;
  Workers workers(1);
  vote(level, field, workers);
  for (const int i : level.hole_pixels) {
    double sum[4] = {0, 0, 0, 0}, total = 0;
    for (const int t : level.targets) {  // every patch, whether it covers the pixel or not
      const int dy = i / level.stride - t / level.stride, dx = i % level.stride - t % level.stride;
      if (std::abs(dy) > kPatchRadius || std::abs(dx) > kPatchRadius) continue;
      const double weight = std::exp2(-double(before.depth[t]));
      const std::size_t from = std::size_t(std::int64_t{field.source[t]} + dy * level.stride + dx);
      for (int c = 0; c < 4; ++c) sum[c] += weight * before.pixels[from * 4 + c];
      total += weight;
    }
    for (int c = 0; c < 4; ++c)
      ASSERT_NEAR(level.pixels[std::size_t(i) * 4 + c], sum[c] / total, 0.51);
  }
}

TEST(Vote, TouchesNothingOutsideTheHole) {
  std::mt19937 random(72);
  Level level = drawn::noise_level(shapes::disc(50, 50, 25, 49, 12), random);
  index_level(level);
  const Level before = level;
  Workers workers(1);
  vote(level, random_field(level, kSeed), workers);
  for (std::size_t i = 0; i < level.kind.size(); ++i) {
    if (level.kind[i] == kHole) continue;
    for (int c = 0; c < 4; ++c) ASSERT_EQ(level.pixels[i * 4 + c], before.pixels[i * 4 + c]);
  }
}

TEST(Vote, ReachesEveryPixelOfAHoleInACornerAndFarFromTheRim) {
  Mask hole(200, 200);
  shapes::add_rect(hole, {0, 0, 190, 190});  // deeper than the weights' cut-off
  Level level = drawn::pattern_level(hole, [](int, int) { return 33; });
  index_level(level);
  Workers workers(1);
  vote(level, random_field(level, kSeed), workers);
  for (const int i : level.hole_pixels) ASSERT_EQ(level.pixels[std::size_t(i) * 4], 33);
}

TEST(VoteTwins, ThePlainAndTheFastestGiveTheSameBytes) {
  std::mt19937 random(74);
  int compared = 0;
  for (int k = 0; k < 40; ++k) {
    const int width = 7 + int(random() % 70), height = 7 + int(random() % 70);
    const auto masks = drawn::random_masks(width, height, random);
    Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
    index_level(level);
    if (level.sources == 0 || level.targets.empty()) continue;
    const NearestField field = random_field(level, random());
    Level plain = level, fastest = level;
    Workers workers(1);
    vote(plain, field, workers, Kernel::kPlain);
    vote(fastest, field, workers, Kernel::kFastest);
    ASSERT_EQ(plain.pixels, fastest.pixels) << width << " x " << height;
    ASSERT_NE(plain.pixels, level.pixels);
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST(VoteThreads, TheSameBytesOnOneTwoAndFiveWorkers) {
  std::mt19937 random(73);
  Level level = drawn::noise_level(shapes::disc(160, 160, 80, 80, 60), random);
  index_level(level);
  const NearestField field = random_field(level, kSeed);
  Level one = level;
  Workers alone(1);
  vote(one, field, alone);
  for (const int threads : {2, 5}) {
    Level many = level;
    Workers workers(threads);
    vote(many, field, workers);
    EXPECT_EQ(one.pixels, many.pixels) << threads << " threads";
  }
}

}  // namespace
}  // namespace pawfect::texture
