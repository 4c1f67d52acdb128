#include "texture/texture_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include "texture/test_fills.h"

namespace pawfect {
namespace {

using testing::HasSubstr;
using texture::drawn::Fill;

constexpr SampleDepth kDepths[] = {SampleDepth::k8, SampleDepth::k16};

// Large enough that all loops wake their threads.
Fill large_fill(SampleDepth depth) {
  std::mt19937 random(131);
  return Fill(shapes::random_photo(190, 170, 3, depth, random), shapes::disc(190, 170, 95, 85, 50));
}

TEST(TextureEngine, TellsWhatItIs) {
  const auto engine = make_texture_engine();
  EXPECT_EQ(engine->name(), "texture");
  EXPECT_FALSE(engine->wants_colour_field());
  EXPECT_GT(engine->window_policy().context_min, 7);
}

TEST(TextureEngine, AsksForMoreMemoryForMorePixels) {
  const auto engine = make_texture_engine();
  EXPECT_GT(engine->memory_needed(100, 100, 100, 3), 100 * 100);
  EXPECT_GT(engine->memory_needed(200, 100, 100, 3), engine->memory_needed(100, 100, 100, 3));
  EXPECT_GT(engine->memory_needed(100, 100, 900, 3), engine->memory_needed(100, 100, 100, 3));
  EXPECT_GT(engine->memory_needed(16384, 16384, std::int64_t{1} << 28, 4), std::int64_t{1} << 30);
}

TEST(TextureEngineThreads, TheSameBytesOnOneTwoAndThree) {
  for (const SampleDepth depth : kDepths) {
    Fill fill = large_fill(depth);
    const auto one = fill.run();
    ASSERT_TRUE(one);
    for (const int threads : {2, 3}) {
      fill.threads = threads;
      const auto many = fill.run();
      ASSERT_TRUE(many);
      EXPECT_EQ(one->window.bytes, many->window.bytes) << threads << " threads";
    }
  }
}

TEST(TextureEngineThreads, OneEngineServesSeveralJobsAtOnce) {
  const auto engine = make_texture_engine();
  Fill fill = large_fill(SampleDepth::k8);
  fill.threads = 2;
  const auto alone = fill.run();
  ASSERT_TRUE(alone);
  std::vector<std::vector<std::uint8_t>> results(3);
  {
    std::vector<std::jthread> jobs;
    jobs.reserve(results.size());
    for (std::vector<std::uint8_t>& bytes : results) {
      jobs.emplace_back([&] {
        if (auto done = engine->fill(fill.request(), {})) bytes = std::move(done->window.bytes);
      });
    }
  }
  for (const std::vector<std::uint8_t>& bytes : results) EXPECT_EQ(bytes, alone->window.bytes);
}

TEST(TextureEngine, TakesNoThreadsForOne) {
  std::mt19937 random(132);
  Fill fill(shapes::random_photo(60, 60, 3, SampleDepth::k8, random),
            shapes::disc(60, 60, 30, 30, 8));
  const auto one = fill.run();
  for (const int threads : {0, -5}) {
    fill.threads = threads;
    const auto none = fill.run();
    ASSERT_TRUE(one && none);
    EXPECT_EQ(one->window.bytes, none->window.bytes);
  }
}

TEST(TextureEngine, TheSeedAloneDecides) {
  std::mt19937 random(133);
  Fill fill(shapes::random_photo(90, 80, 3, SampleDepth::k8, random),
            shapes::disc(90, 80, 45, 40, 15));
  const auto one = fill.run(), again = fill.run();
  fill.seed = 2;
  const auto other = fill.run();
  ASSERT_TRUE(one && again && other);
  EXPECT_EQ(one->window.bytes, again->window.bytes);
  EXPECT_NE(one->window.bytes, other->window.bytes);
}

TEST(TextureEngine, RefusesAWindowWithoutASingleKnownPatch) {
  std::mt19937 random(134);
  for (const auto& [width, height] :
       {std::pair{1, 1}, {5, 5}, {6, 40}, {40, 6}, {1, 200}, {7, 7}}) {
    for (const SampleDepth depth : kDepths) {
      Fill fill(shapes::random_photo(width, height, 3, depth, random), Mask(width, height));
      fill.hole.at(width / 2, height / 2) = 255;
      const auto done = fill.run();
      ASSERT_FALSE(done) << width << " x " << height;
      EXPECT_EQ(done.error().code, ErrorCode::kMaskRejected);
      EXPECT_THAT(done.error().message, HasSubstr("mask"));
      EXPECT_THAT(done.error().message, HasSubstr("7 x 7"));
      EXPECT_THAT(done.error().message, HasSubstr("mark less"));
      EXPECT_EQ(done.error().message.find('\n'), std::string::npos);
    }
  }
}

TEST(TextureEngine, RefusesAHoleThatNothingUsableSurrounds) {
  std::mt19937 random(135);
  Fill fill(shapes::random_photo(60, 50, 3, SampleDepth::k8, random), Mask(60, 50, 255));
  auto done = fill.run();  // all hole
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kMaskRejected);
  fill.hole = shapes::disc(60, 50, 30, 25, 8);
  fill.unusable = Mask(60, 50, 255);
  done = fill.run();  // all the rest unusable
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kMaskRejected);
}

TEST(TextureEngine, WithoutAHoleGivesTheWindowBack) {
  std::mt19937 random(136);
  for (const auto& [width, height] : {std::pair{40, 30}, {3, 3}}) {
    const Fill fill(shapes::random_photo(width, height, 4, SampleDepth::k16, random),
                    Mask(width, height));
    const auto done = fill.run();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->window.bytes, fill.window.bytes);
  }
}

TEST(TextureEngine, StopsBeforeTheFirstRoundAndInTheMiddle) {
  const Fill fill = large_fill(SampleDepth::k8);
  for (const int after : {0, 1, 4}) {
    std::stop_source stop;
    int reports = 0;
    JobControl control;
    control.stop = stop.get_token();
    control.progress = [&](std::string_view, double) {
      if (++reports == after) stop.request_stop();
    };
    if (after == 0) stop.request_stop();
    const auto done = fill.run(control);
    ASSERT_FALSE(done) << after;
    EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(reports, after);
  }
}

TEST(TextureEngineThreads, StopsWhenAnotherThreadAsks) {
  Fill fill = large_fill(SampleDepth::k8);
  fill.threads = 2;
  std::stop_source stop;
  std::jthread asker;
  JobControl control;
  control.stop = stop.get_token();
  control.progress = [&](std::string_view, double) {
    if (!asker.joinable()) asker = std::jthread([&] { stop.request_stop(); });
    while (!stop.stop_requested()) std::this_thread::yield();
  };
  const auto done = fill.run(control);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
}

TEST(TextureEngine, ProgressNeverFallsAndEndsAtOne) {
  for (const int radius : {0, 3, 20, 50}) {
    std::mt19937 random(137);
    Fill fill(shapes::random_photo(190, 170, 1, SampleDepth::k8, random), Mask(190, 170));
    if (radius > 0) fill.hole = shapes::disc(190, 170, 95, 85, radius);
    std::vector<double> fractions;
    JobControl control;
    control.progress = [&](std::string_view stage, double fraction) {
      EXPECT_FALSE(stage.empty());
      fractions.push_back(fraction);
    };
    ASSERT_TRUE(fill.run(control));
    ASSERT_FALSE(fractions.empty());
    EXPECT_TRUE(std::ranges::is_sorted(fractions));
    EXPECT_GE(fractions.front(), 0.0);
    EXPECT_EQ(fractions.back(), 1.0);
    if (radius > 0) {
      EXPECT_EQ(std::ranges::count(fractions, 1.0), 1);
    }
  }
}

}  // namespace
}  // namespace pawfect
