#include "texture/paint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

// Four numbers of a level index, as the level itself holds them.
auto reader(const Level& level) {
  return [&level](int i, float* out) {
    for (int c = 0; c < 4; ++c) out[c] = float(level.pixels[std::size_t(i) * 4 + c]);
  };
}

std::vector<std::int32_t> shifted_labels(const Level& level, int by) {
  std::vector<std::int32_t> label(std::size_t(level.size()), -1);
  for (const int i : level.hole_pixels) label[i] = i + by;
  return label;
}

TEST(FadeStep, KeepsSmallStepsDropsLargeOnesAndIsContinuous) {
  Settings settings;
  settings.step_full = 80.0f, settings.step_none = 160.0f;
  EXPECT_EQ(fade_step(0.0f, settings), 0.0f);
  EXPECT_EQ(fade_step(80.0f, settings), 80.0f);
  EXPECT_EQ(fade_step(-30.0f, settings), -30.0f);
  EXPECT_EQ(fade_step(160.0f, settings), 0.0f);
  EXPECT_EQ(fade_step(-200.0f, settings), 0.0f);
  for (int half_steps = -510; half_steps < 510; ++half_steps) {
    const float step = 0.5f * float(half_steps);
    EXPECT_EQ(fade_step(-step, settings), -fade_step(step, settings));
    EXPECT_LE(std::abs(fade_step(step, settings)), std::abs(step));
    EXPECT_NEAR(fade_step(step, settings), fade_step(step + 0.5f, settings), 1.6f) << step;
  }
}

TEST(CorrectionProblem, ASeamlessCopyNeedsNoCorrection) {
  Level level = drawn::pattern_level(shapes::disc(90, 50, 60, 25, 9),
                                     [](int x, int y) { return (x % 30) * 5 + y; });
  index_level(level);
  Workers workers(1);
  const auto problem =
      correction_problem(level, shifted_labels(level, -30), Settings{}, workers, reader(level));
  for (const float right : problem.right) ASSERT_EQ(right, 0.0f);
}

TEST(CorrectionProblem, AsksForTheHoleAndHoldsItByKnownPixelsOnly) {
  std::mt19937 random(91);
  Mask unusable(60, 40);
  shapes::add_rect(unusable, {35, 0, 10, 40});
  Level level = drawn::noise_level(shapes::disc(60, 40, 30, 20, 8), random, &unusable);
  index_level(level);
  Workers workers(1);
  const auto problem =
      correction_problem(level, shifted_labels(level, -20), Settings{}, workers, reader(level));
  EXPECT_EQ(problem.box, (PixelRect{21, 11, 19, 19}));
  for (int y = problem.box.y; y < problem.box.bottom(); ++y) {
    for (int x = problem.box.x; x < problem.box.right(); ++x) {
      const std::uint8_t kind = level.kind[std::size_t(y) * level.stride + x];
      EXPECT_EQ(problem.unknown[place_in(problem.box, x, y)], kind == kHole);
      EXPECT_EQ(problem.coupled[place_in(problem.box, x, y)], kind != kUnusable);
    }
  }
}

TEST(CorrectionProblem, InsideTheHoleItsStepsCancelOut) {
  // What one pixel wants of its neighbour the neighbour wants of it, turned round: with nothing
  // known round the hole the right side sums up to nothing.
  std::mt19937 random(92);
  const Mask hole = shapes::disc(120, 120, 60, 60, 14);
  Mask unusable = shapes::disc(120, 120, 60, 60, 17);
  Level level = drawn::noise_level(hole, random, &unusable);
  for (std::uint8_t& byte : level.pixels) byte = std::uint8_t(100 + byte / 4);
  index_level(level);
  std::vector<std::int32_t> label(std::size_t(level.size()), -1);
  std::vector<std::int32_t> sources;
  for (std::int32_t i = 0; i < std::int32_t(level.size()); ++i) {
    if (level.source_ok[i] != 0) sources.push_back(i);
  }
  for (const int i : level.hole_pixels) label[i] = sources[random() % sources.size()];
  Workers workers(1);
  const auto problem = correction_problem(level, label, Settings{}, workers, reader(level));
  double sum[4] = {0, 0, 0, 0}, size = 0;
  for (std::size_t i = 0; i < problem.right.size(); ++i) {
    sum[i % 4] += problem.right[i];
    size += std::abs(problem.right[i]);
  }
  EXPECT_GT(size, 1000.0);
  for (const double s : sum) EXPECT_NEAR(s, 0.0, size * 1e-6);
}

TEST(PaintLevel, TakesAwayAConstantStepBetweenCopyAndSurroundings) {
  // The same pattern everywhere, 30 levels darker on the left, where the copy comes from.
  const auto pattern = [](int x, int y) { return 120 + 10 * ((x + y) % 5) - (x < 60 ? 30 : 0); };
  Level level = drawn::pattern_level(shapes::disc(140, 80, 100, 40, 14), pattern);
  index_level(level);
  Workers workers(1);
  Settings settings;
  settings.solver_rounds = 12;
  settings.screening = 1e-4f;  // the default pulls a wide field towards nothing a little
  paint_level(level, shifted_labels(level, -60), settings, settings.solver_rounds, workers);
  for (const int i : level.hole_pixels) {
    ASSERT_NEAR(level.pixels[std::size_t(i) * 4], pattern(i % level.stride, i / level.stride), 1);
  }
}

TEST(PaintLevel, TakesMostOfAStepAwayWithTheDefaults) {
  const auto pattern = [](int x, int) { return x < 60 ? 90 : 120; };
  Level level = drawn::pattern_level(shapes::disc(140, 80, 100, 40, 14), pattern);
  index_level(level);
  Workers workers(1);
  paint_level(level, shifted_labels(level, -60), Settings{}, Settings{}.solver_rounds, workers);
  double left = 0;
  for (const int i : level.hole_pixels) {
    const int x = i % level.stride, y = i / level.stride;
    const double off = std::abs(double(level.pixels[std::size_t(i) * 4]) - 120);
    left += off;
    if (level.depth[std::size_t(y) * level.stride + x] < 1.5f) {
      EXPECT_LE(off, 2.0);  // at the rim nothing is seen
    }
  }
  EXPECT_LT(left / double(level.hole_pixels.size()), 10.0);  // a third of the 30
}

TEST(PaintLevel, LeavesATrueEdgeAlone) {
  // A white copy in a black place: 255 levels are no step in the light but another thing.
  Level level = drawn::pattern_level(shapes::disc(140, 80, 100, 40, 14),
                                     [](int x, int) { return x < 60 ? 255 : 0; });
  index_level(level);
  Workers workers(1);
  paint_level(level, shifted_labels(level, -60), Settings{}, Settings{}.solver_rounds, workers);
  for (const int i : level.hole_pixels) EXPECT_EQ(level.pixels[std::size_t(i) * 4], 255);
}

TEST(PaintLevel, TouchesNothingOutsideTheHole) {
  std::mt19937 random(93);
  Level level = drawn::noise_level(shapes::disc(60, 60, 40, 59, 12), random);
  index_level(level);
  const Level before = level;
  Workers workers(1);
  paint_level(level, shifted_labels(level, -28), Settings{}, Settings{}.solver_rounds, workers);
  for (std::size_t i = 0; i < level.kind.size(); ++i) {
    if (level.kind[i] == kHole) continue;
    for (int c = 0; c < 4; ++c) ASSERT_EQ(level.pixels[i * 4 + c], before.pixels[i * 4 + c]);
  }
}

TEST(PaintThreads, TheSameBytesOnOneTwoAndFiveWorkers) {
  std::mt19937 random(94);
  Level level = drawn::noise_level(shapes::disc(400, 230, 280, 110, 90), random);
  for (std::uint8_t& byte : level.pixels) byte = std::uint8_t(80 + byte / 4);
  index_level(level);
  Level one = level;
  Workers alone(1);
  paint_level(one, shifted_labels(level, -182), Settings{}, Settings{}.solver_rounds, alone);
  for (const int threads : {2, 5}) {
    Level many = level;
    Workers workers(threads);
    paint_level(many, shifted_labels(level, -182), Settings{}, Settings{}.solver_rounds, workers);
    EXPECT_EQ(one.pixels, many.pixels) << threads << " threads";
  }
}

}  // namespace
}  // namespace pawfect::texture
