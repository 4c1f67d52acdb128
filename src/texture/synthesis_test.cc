#include "texture/synthesis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

using testing::HasSubstr;

Result<Synthesis> synthesised(const Level& level, std::uint64_t seed, int threads = 1,
                              const JobControl& control = {}) {
  Workers workers(threads);
  return synthesise(level, Settings{}, seed, workers, control);
}

// Every hole pixel copies a pixel of the colour that the pattern has at its place.
template <typename Colour>
void expect_recovered(const Mask& hole, Colour colour, std::uint64_t seed) {
  const Level level = drawn::pattern_level(hole, colour);
  const auto done = synthesised(level, seed);
  ASSERT_TRUE(done) << done.error().message;
  int wrong = 0;
  for (const int i : done->level.hole_pixels) {
    ASSERT_GE(done->label[i], 0);
    ASSERT_EQ(level.kind[done->label[i]], kKnown);
    wrong +=
        level.pixels[std::size_t(done->label[i]) * 4] != colour(i % level.stride, i / level.stride);
  }
  EXPECT_EQ(wrong, 0) << "of " << done->level.hole_pixels.size() << ", seed " << seed;
}

TEST(Synthesise, RecoversVerticalStripesExactly) {
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    expect_recovered(
        shapes::disc(128, 100, 64, 50, 18), [](int x, int) { return x % 8 < 4 ? 60 : 180; }, seed);
}

TEST(Synthesise, RecoversHorizontalStripesExactly) {
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    expect_recovered(
        shapes::disc(128, 100, 64, 50, 18), [](int, int y) { return y % 8 < 4 ? 60 : 180; }, seed);
}

TEST(Synthesise, RecoversACheckerExactly) {
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    expect_recovered(
        shapes::disc(128, 112, 64, 50, 14),
        [](int x, int y) { return (x / 8 + y / 8) % 2 != 0 ? 60 : 180; }, seed);
}

TEST(Synthesise, RecoversATiledPatternAtThePicturesCorner) {
  Mask hole(128, 112);
  shapes::add_rect(hole, {0, 0, 22, 20});
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    expect_recovered(hole, [](int x, int y) { return 60 + 10 * (x % 8) + 5 * (y % 8); }, seed);
}

TEST(Synthesise, LabelsNameKnownPixelsForTheHoleAndNothingElse) {
  std::mt19937 random(121);
  int filled = 0;
  for (int k = 0; k < 25; ++k) {
    const int width = 24 + int(random() % 70), height = 24 + int(random() % 70);
    const auto masks = drawn::random_masks(width, height, random);
    const Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
    const auto done = synthesised(level, k);
    if (!done) continue;  // too little is known
    ++filled;
    ASSERT_EQ(std::int64_t(done->label.size()), level.size());
    for (std::int64_t i = 0; i < level.size(); ++i) {
      if (level.kind[i] != kHole) {
        ASSERT_EQ(done->label[i], -1);
      } else {
        ASSERT_GE(done->label[i], 0);
        ASSERT_EQ(level.kind[done->label[i]], kKnown);
      }
    }
  }
  EXPECT_GT(filled, 15);
}

TEST(Synthesise, TheSameSeedGivesTheSameLabelsAndAnotherSeedOthers) {
  std::mt19937 random(122);
  const Level level = drawn::noise_level(shapes::disc(90, 90, 45, 45, 20), random);
  const auto one = synthesised(level, 5), again = synthesised(level, 5);
  const auto other = synthesised(level, 6);
  ASSERT_TRUE(one && again && other);
  EXPECT_EQ(one->label, again->label);
  EXPECT_NE(one->label, other->label);
}

TEST(SynthesisThreads, TheSameLabelsOnOneTwoAndThreeWorkers) {
  std::mt19937 random(123);
  // Large enough that all loops wake their workers.
  const Level level = drawn::noise_level(shapes::disc(190, 170, 95, 85, 55), random);
  const auto one = synthesised(level, 5);
  ASSERT_TRUE(one);
  for (const int threads : {2, 3}) {
    const auto many = synthesised(level, 5, threads);
    ASSERT_TRUE(many);
    EXPECT_EQ(one->label, many->label) << threads << " threads";
  }
}

TEST(Synthesise, WithoutAHoleThereIsNothingToDo) {
  std::mt19937 random(124);
  const Level level = drawn::noise_level(Mask(30, 30), random);
  const auto done = synthesised(level, 1);
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->level.hole_pixels.empty());
  for (const int label : done->label) EXPECT_EQ(label, -1);
}

TEST(Synthesise, SaysWhatToDoWhenNoPatchIsKnown) {
  std::mt19937 random(125);
  Mask hole(40, 40);
  for (int y = 3; y < 40; y += 6) shapes::add_rect(hole, {0, y, 40, 1});  // six rows stay between
  const auto done = synthesised(drawn::noise_level(hole, random), 1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kMaskRejected);
  EXPECT_THAT(done.error().message, HasSubstr("7 x 7"));
  EXPECT_THAT(done.error().message, HasSubstr("mark less"));
}

TEST(Synthesise, FillsFromASinglePatch) {
  std::mt19937 random(126);
  Mask hole(90, 80, 255);
  shapes::add_rect(hole, {40, 30, 7, 7}, 0);
  const auto done = synthesised(drawn::noise_level(hole, random), 1);
  ASSERT_TRUE(done) << done.error().message;
  for (const int i : done->level.hole_pixels) ASSERT_EQ(done->level.kind[done->label[i]], kKnown);
}

TEST(Synthesise, StopsWhenAskedTo) {
  std::mt19937 random(127);
  const Level level = drawn::noise_level(shapes::disc(120, 120, 60, 60, 40), random);
  std::stop_source stop;
  int reports = 0;
  JobControl control;
  control.stop = stop.get_token();
  control.progress = [&](std::string_view, double) {
    if (++reports == 3) stop.request_stop();
  };
  const auto done = synthesised(level, 1, 1, control);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(reports, 3);  // not a round more
}

}  // namespace
}  // namespace pawfect::texture
