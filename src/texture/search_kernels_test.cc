// The twins of the search must agree, and so must any number of workers: same sources, same costs.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "texture/random.h"
#include "texture/search.h"
#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

// Some passes of every sort over one level.
NearestField searched(const Level& level, Kernel kernel, int threads) {
  Workers workers(threads);
  const auto penalty = row_penalties(level, {});
  NearestField field = random_field(level, 7);
  for (int p = 0; p < 5; ++p) {
    Pass pass = {.seed = mix(p), .reach = p == 4 ? 0 : 100 >> p, .is_backwards = p % 2 == 1};
    pass.is_stale = p == 0 || p == 3;
    pass.kernel = kernel;
    run_pass(level, field, drawn::only_rows(level, penalty), pass, workers);
  }
  return field;
}

// Few different colours, so that patches differ in few bytes and equal costs come up.
Level level_with_ties(int width, int height, std::mt19937& random) {
  const auto masks = drawn::random_masks(width, height, random);
  Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
  for (std::uint8_t& byte : level.pixels) byte = byte < 20 ? 255 : 0;
  index_level(level);
  return level;
}

TEST(SearchTwins, ThePlainAndTheFastestFindTheSameAtTheSameCost) {
  std::mt19937 random(51);
  int compared = 0;
  for (int k = 0; k < 40; ++k) {
    const int width = 7 + int(random() % 90), height = 7 + int(random() % 90);
    Level level = level_with_ties(width, height, random);
    if (k % 2 == 0) {
      for (std::uint8_t& byte : level.pixels) byte = std::uint8_t(random());
    }
    if (level.sources == 0 || level.targets.empty()) continue;
    const NearestField plain = searched(level, Kernel::kPlain, 1);
    const NearestField fastest = searched(level, Kernel::kFastest, 1);
    ASSERT_EQ(plain.source, fastest.source) << width << " x " << height;
    ASSERT_EQ(plain.cost, fastest.cost) << width << " x " << height;
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST(SearchTwins, AgreeOnTheLargestDistanceThereIs) {
  // A black hole in a white photo: 49 980 a patch wherever it is covered whole.
  for (const Kernel kernel : {Kernel::kPlain, Kernel::kFastest}) {
    Level level =
        drawn::pattern_level(shapes::disc(60, 40, 30, 20, 9), [](int, int) { return 255; });
    for (const int i : level.hole_pixels) std::fill_n(&level.pixels[std::size_t(i) * 4], 4, 0);
    index_level(level);
    for (const int i : level.hole_pixels) std::fill_n(&level.pixels[std::size_t(i) * 4], 4, 0);
    const NearestField field = searched(level, kernel, 1);
    std::uint32_t most = 0;
    for (const int t : level.targets) most = std::max(most, field.cost[t]);
    EXPECT_GE(most, 49980u);
    EXPECT_LT(most, 49980u + 1000u);
  }
}

TEST(SearchThreads, TheSameFieldOnOneTwoAndFiveWorkers) {
  std::mt19937 random(52);
  for (int k = 0; k < 3; ++k) {
    // Large enough that the workers are woken.
    Mask hole = shapes::disc(170, 150, 60 + 20 * k, 70, 35);
    shapes::add_rect(hole, {0, 100, 170, 12});
    Level level = drawn::noise_level(hole, random);
    index_level(level);
    ASSERT_GT(level.targets.size() * 8, 20000u);
    const NearestField one = searched(level, Kernel::kFastest, 1);
    for (const int threads : {2, 5}) {
      const NearestField many = searched(level, Kernel::kFastest, threads);
      ASSERT_EQ(one.source, many.source) << threads << " threads";
      ASSERT_EQ(one.cost, many.cost) << threads << " threads";
    }
  }
}

}  // namespace
}  // namespace pawfect::texture
