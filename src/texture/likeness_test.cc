#include "texture/likeness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

constexpr int kSide = 64;

Mask middle_hole() {
  Mask hole(kSide, kSide);
  for (int y = 24; y < 40; ++y) std::fill_n(&hole.at(24, y), 16, std::uint8_t(255));
  return hole;
}

// Grey 100 all over, and a thing of grey 220 in the upper left corner, away from the ring.
Level photo_with_a_thing() {
  Level level = drawn::pattern_level(middle_hole(),
                                     [](int x, int y) { return x < 10 && y < 10 ? 220 : 100; });
  index_level(level);
  return level;
}

TEST(MeasureLikeness, ChargesAThingThatTheRingDoesNotShowAndNothingElse) {
  const Settings settings;
  Workers alone(1);
  const LikenessMap map = measure_likeness(photo_with_a_thing(), 0, settings, alone);
  const float beyond = 4 * 120.0f - settings.ring_slack;  // four channels, each off by 120
  const auto wished = std::uint16_t(settings.ring_weight * kPatchPixels * beyond);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const bool is_thing = x <= 10 && y <= 10;  // widened by one pixel
      EXPECT_EQ(map.penalty[std::size_t(y) * kSide + x], is_thing ? wished : 0) << x << "," << y;
    }
  }
}

TEST(MeasureLikeness, ChargesNothingForAColourThatTheRingShows) {
  Level level = drawn::pattern_level(middle_hole(), [](int x, int y) {
    return (x < 10 && y < 10) || (x >= 20 && x < 24) ? 220 : 100;  // a stripe beside the hole
  });
  index_level(level);
  Workers alone(1);
  const LikenessMap map = measure_likeness(level, 0, {}, alone);
  EXPECT_EQ(std::ranges::count(map.penalty, 0), std::int64_t{kSide} * kSide);
}

TEST(MeasureLikeness, ChargesNothingWhenNothingKnownTouchesTheHole) {
  Level level = make_level(kSide, kSide);
  std::fill(level.kind.begin(), level.kind.end(), std::uint8_t(kUnusable));
  level.kind[30 * std::size_t(level.stride) + 30] = kHole;
  index_level(level);
  Workers alone(1);
  const LikenessMap map = measure_likeness(level, 0, {}, alone);
  EXPECT_EQ(*std::ranges::max_element(map.penalty), 0);
}

TEST(LikenessAt, ReadsTheSamePlaceOnFinerAndCoarserLevels) {
  Workers alone(1);
  const LikenessMap map = measure_likeness(photo_with_a_thing(), 2, {}, alone);
  const auto at = [&](const Level& level, int number, int x, int y) {
    return likeness_at(map, level, number, alone)[std::size_t(y) * level.stride + x] > 0;
  };
  const Level finer = make_level(2 * kSide, 2 * kSide), coarser = make_level(kSide / 2, kSide / 2);
  EXPECT_TRUE(at(finer, 1, 20, 20));
  EXPECT_FALSE(at(finer, 1, 22, 22));
  EXPECT_TRUE(at(coarser, 3, 5, 5));
  EXPECT_FALSE(at(coarser, 3, 6, 6));
  EXPECT_FALSE(at(finer, 1, 2 * kSide - 1, 2 * kSide - 1));
}

}  // namespace
}  // namespace pawfect::texture
