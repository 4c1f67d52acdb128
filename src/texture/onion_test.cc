#include "texture/onion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "texture/search.h"
#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

// Every hole pixel a colour that no known pixel has: what keeps it was not painted.
constexpr std::uint8_t kLoud = 255;

Level level_with_loud_hole(const Mask& hole, std::mt19937& random) {
  Level level = drawn::noise_level(hole, random);
  for (std::uint8_t& byte : level.pixels) byte = std::uint8_t(byte % 200);
  index_level(level);
  for (const int i : level.hole_pixels) std::fill_n(&level.pixels[std::size_t(i) * 4], 4, kLoud);
  return level;
}

std::uint32_t colour(const Level& level, std::size_t i) {
  const std::uint8_t* p = &level.pixels[i * 4];
  return p[0] | std::uint32_t(p[1]) << 8 | std::uint32_t(p[2]) << 16 | std::uint32_t(p[3]) << 24;
}

void expect_all_painted(const Mask& hole, const Settings& settings = {}) {
  std::mt19937 random(61);
  Level level = level_with_loud_hole(hole, random);
  const Level before = level;
  ASSERT_GT(level.sources, 0);
  Workers alone(1);
  peel_onion(level, settings, row_penalties(level, settings), alone);
  std::set<std::uint32_t> known;
  for (std::int64_t i = 0; i < level.size(); ++i) {
    if (level.source_ok[i] != 0) known.insert(colour(level, i));
  }
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = std::size_t(y) * level.stride + x;
      if (level.kind[i] == kHole) {
        ASSERT_TRUE(known.contains(colour(level, i))) << x << ' ' << y;
      } else {
        ASSERT_EQ(colour(level, i), colour(before, i)) << x << ' ' << y;
      }
    }
  }
}

TEST(PeelOnion, PaintsEveryHolePixelWithAKnownColourAndNothingElse) {
  expect_all_painted(shapes::disc(50, 40, 25, 20, 9));
}

TEST(PeelOnion, ReachesHolesAtBordersAndInCorners) {
  Mask hole(40, 40);
  shapes::add_rect(hole, {0, 0, 9, 9});
  shapes::add_rect(hole, {33, 10, 7, 20});
  shapes::add_rect(hole, {0, 38, 40, 2});
  expect_all_painted(hole);
}

TEST(PeelOnion, PaintsAHoleThatTouchesNothingKnown) {
  std::mt19937 random(62);
  Mask hole = shapes::disc(60, 40, 20, 20, 5);
  Mask unusable = shapes::disc(60, 40, 20, 20, 9);
  Level level = drawn::noise_level(hole, random, &unusable);
  for (std::uint8_t& byte : level.pixels) byte = std::uint8_t(byte % 200);
  index_level(level);
  for (const int i : level.hole_pixels) std::fill_n(&level.pixels[std::size_t(i) * 4], 4, kLoud);
  Workers alone(1);
  peel_onion(level, {}, row_penalties(level, {}), alone);
  for (const int i : level.hole_pixels) EXPECT_NE(level.pixels[std::size_t(i) * 4], kLoud);
}

TEST(PeelOnion, GetsByWithASingleSource) {
  Mask hole(30, 30, 255);
  shapes::add_rect(hole, {12, 12, 7, 7}, 0);
  expect_all_painted(hole);
}

TEST(PeelOnion, LooksAtFewerSourcesWhenThereAreManyTargets) {
  Settings settings;
  settings.onion_sources = 1;
  Mask hole(80, 80);
  shapes::add_rect(hole, {10, 10, 60, 60});  // more than 1500 targets
  expect_all_painted(hole, settings);
}

TEST(PeelOnion, ThePlainTwinAndTheFastestPaintTheSame) {
  std::mt19937 random(63);
  int compared = 0;
  for (int k = 0; k < 20; ++k) {
    const int width = 9 + int(random() % 50), height = 9 + int(random() % 50);
    const auto masks = drawn::random_masks(width, height, random);
    Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
    if (k % 2 == 0) {  // few colours: equal matches come up
      for (std::uint8_t& byte : level.pixels) byte = byte < 20 ? 255 : 0;
    }
    index_level(level);
    if (level.sources == 0 || level.hole_pixels.empty()) continue;
    Level plain = level, fastest = level;
    Workers alone(1);
    peel_onion(plain, {}, row_penalties(level, {}), alone, Kernel::kPlain);
    peel_onion(fastest, {}, row_penalties(level, {}), alone, Kernel::kFastest);
    ASSERT_EQ(plain.pixels, fastest.pixels) << width << " x " << height;
    ++compared;
  }
  EXPECT_GT(compared, 8);
}

TEST(PeelOnion, GoesOnWithStripesExactly) {
  const auto stripes = [](int x, int) { return x % 4 < 2 ? 40 : 160; };
  Level level = drawn::pattern_level(shapes::disc(60, 50, 30, 25, 8), stripes);
  index_level(level);
  Workers alone(1);
  peel_onion(level, {}, row_penalties(level, {}), alone);
  for (const int i : level.hole_pixels)
    EXPECT_EQ(level.pixels[std::size_t(i) * 4], stripes(i % level.stride, 0));
}

}  // namespace
}  // namespace pawfect::texture
