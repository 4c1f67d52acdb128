#include "fill/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "fill/fake_engines.h"
#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using fakes::constant_fill;
using fakes::FakeEngine;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kWidth = 500;
constexpr int kHeight = 200;

Image noise_photo(int channels = 3, SampleDepth depth = SampleDepth::k8) {
  std::mt19937 random(6);
  return shapes::random_photo(kWidth, kHeight, channels, depth, random);
}

// Two discs, far enough apart for two windows that see each other's hole.
PreparedMask two_holes() {
  Mask mask = shapes::disc(kWidth, kHeight, 100, 100, 20);
  shapes::add_disc(mask, 200, 100, 15);
  const Image photo(kWidth, kHeight, 3, SampleDepth::k8);
  return *prepare_mask(shapes::levels_of(mask), photo, {});
}

TEST(RunFillJob, FillsEveryHoleAndKeepsEverythingElse) {
  for (const int channels : {1, 2, 3, 4}) {
    for (const SampleDepth depth : {SampleDepth::k8, SampleDepth::k16}) {
      const Image photo = noise_photo(channels, depth);
      const PreparedMask mask = two_holes();
      const auto result = run_fill_job(photo, mask, FakeEngine(constant_fill(77)), {}, {});
      ASSERT_TRUE(result) << result.error().message;
      const int pixel = photo.bytes_per_pixel();
      for (std::size_t i = 0; i < photo.bytes.size(); ++i) {
        const std::uint8_t weight = mask.composite.pixels[i / pixel];
        if (weight == 0) {
          ASSERT_EQ(result->image.bytes[i], photo.bytes[i]);
        }
        if (weight == 255) {
          ASSERT_EQ(result->image.bytes[i], 77);
        }
      }
    }
  }
}

TEST(RunFillJob, EachWindowHasItsOwnSeedAndKnowsOfTheOthersHole) {
  std::vector<std::uint64_t> seeds;
  std::vector<std::int64_t> unusable;
  const FakeEngine engine([&](const FillRequest& request, const JobControl&) {
    seeds.push_back(request.seed);
    unusable.push_back(shapes::count_set(request.unusable));
    EXPECT_EQ(request.prompt, "grass");
    EXPECT_EQ(request.model.steps, 9);
    EXPECT_EQ(request.threads, 2);
    return Result<FillResult>(FillResult{request.window, {"a warning"}});
  });
  const auto result =
      run_fill_job(noise_photo(), two_holes(), engine,
                   {.seed = 40, .threads = 2, .prompt = "grass", .model = {.steps = 9}}, {});
  ASSERT_TRUE(result);
  EXPECT_THAT(seeds, ElementsAre(40, 41));
  ASSERT_EQ(unusable.size(), 2u);
  EXPECT_GT(unusable[0], 0);
  EXPECT_GT(unusable[1], 0);
  EXPECT_THAT(result->report.warnings, ElementsAre("a warning", "a warning"));
}

TEST(RunFillJob, TheReportSaysWhatWasDone) {
  const Image photo = noise_photo();
  FakeEngine engine(constant_fill(1));
  engine.is_tinting = true;
  engine.memory = 1000;
  const auto result = run_fill_job(photo, two_holes(), engine, {.seed = 5}, {});
  ASSERT_TRUE(result);
  const JobReport& report = result->report;
  EXPECT_EQ(report.engine, "fake");
  EXPECT_EQ(report.seed, 5u);
  ASSERT_EQ(report.windows.size(), 2u);
  EXPECT_EQ(report.windows[0].hole_box, (PixelRect{72, 72, 57, 57}));
  EXPECT_GT(report.memory_bytes, std::int64_t(photo.bytes.size()) + 1000);
  std::vector<std::string> names;
  names.reserve(report.stages.size());
  for (const StageTime& stage : report.stages) names.push_back(stage.name);
  EXPECT_THAT(names, ElementsAre("plan", "cut", "fill", "colour", "paste", "check"));
}

TEST(RunFillJob, ATintIsTakenAwayWhenTheEngineAsksForIt) {
  Image photo(kWidth, kHeight, 3, SampleDepth::k8);
  std::ranges::fill(photo.bytes, 100);
  FakeEngine engine(constant_fill(112));
  const auto tinted = run_fill_job(photo, two_holes(), engine, {}, {});
  engine.is_tinting = true;
  const auto corrected = run_fill_job(photo, two_holes(), engine, {}, {});
  ASSERT_TRUE(tinted && corrected);
  EXPECT_NE(tinted->image.bytes, photo.bytes);
  EXPECT_EQ(corrected->image.bytes, photo.bytes);
}

TEST(RunFillJob, ProgressNeverFallsAndEndsAtOne) {
  const FakeEngine engine([](const FillRequest& request, const JobControl& control) {
    for (const char* stage : {"match", "blend"}) {  // the second falls back to 0
      for (const double fraction : {0.0, 0.5, 1.0, 7.0}) control.report(stage, fraction);
    }
    return Result<FillResult>(FillResult{request.window, {}});
  });
  std::vector<double> fractions;
  std::vector<std::string> stages;
  const JobControl control{[&](std::string_view stage, double fraction) {
                             stages.emplace_back(stage);
                             fractions.push_back(fraction);
                           },
                           {}};
  ASSERT_TRUE(run_fill_job(noise_photo(), two_holes(), engine, {}, control));
  EXPECT_TRUE(std::ranges::is_sorted(fractions));
  EXPECT_GE(fractions.front(), 0);
  EXPECT_DOUBLE_EQ(fractions.back(), 1);
  EXPECT_THAT(stages, testing::IsSupersetOf({"match", "blend", "fill"}));
  EXPECT_GT(fractions[3], 0.5) << "the larger hole counts for more than half";
  EXPECT_LT(fractions[3], 0.9);
}

TEST(RunFillJob, CancellingStopsBeforeTheNextWindow) {
  std::stop_source stop;
  int windows = 0;
  const FakeEngine engine([&](const FillRequest& request, const JobControl& control) {
    ++windows;
    stop.request_stop();
    EXPECT_TRUE(control.is_cancelled());
    return Result<FillResult>(FillResult{request.window, {}});
  });
  const auto result = run_fill_job(noise_photo(), two_holes(), engine, {}, {{}, stop.get_token()});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(windows, 1);
}

TEST(RunFillJob, TheEnginesErrorIsPassedOn) {
  const FakeEngine engine([](const FillRequest&, const JobControl&) -> Result<FillResult> {
    return fail(ErrorCode::kMaskRejected, "nothing usable surrounds the hole");
  });
  const auto result = run_fill_job(noise_photo(), two_holes(), engine, {}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kMaskRejected);
  EXPECT_EQ(result.error().message, "nothing usable surrounds the hole");
}

TEST(RunFillJob, AnEngineThatGivesBackAnotherFormIsCaught) {
  const auto misbehaving = [](auto change) {
    return FakeEngine([change](const FillRequest& request, const JobControl&) {
      const Image& window = request.window;
      return Result<FillResult>(FillResult{change(window), {}});
    });
  };
  const auto smaller = misbehaving([](const Image& window) {
    return Image(window.width - 1, window.height, window.channels, window.depth);
  });
  const auto greyer = misbehaving(
      [](const Image& window) { return Image(window.width, window.height, 1, window.depth); });
  const auto wider = misbehaving([](const Image& window) {
    return Image(window.width, window.height, window.channels, SampleDepth::k16);
  });
  const auto hollow = misbehaving([](Image window) {
    window.bytes.clear();
    return window;
  });
  for (const FakeEngine& engine : {smaller, greyer, wider, hollow}) {
    const auto result = run_fill_job(noise_photo(), two_holes(), engine, {}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kBug);
    EXPECT_THAT(result.error().message, HasSubstr("engine fake"));
  }
}

TEST(RunFillJob, MemoryOverTheLimitIsRefusedBeforeAnyWork) {
  bool has_run = false;
  FakeEngine engine([&](const FillRequest& request, const JobControl&) {
    has_run = true;
    return Result<FillResult>(FillResult{request.window, {}});
  });
  engine.memory = std::int64_t{3} << 30;
  const auto result =
      run_fill_job(noise_photo(), two_holes(), engine, {.memory_limit = 1 << 30}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(result.error().message, HasSubstr("3073 MiB"));
  EXPECT_THAT(result.error().message, HasSubstr("1024 MiB are allowed"));
  EXPECT_FALSE(has_run);
  EXPECT_TRUE(run_fill_job(noise_photo(), two_holes(), engine, {.memory_limit = 0}, {}));
}

TEST(RunFillJob, MemoryThatOverflowsIsRefusedWithoutALimitToo) {
  FakeEngine engine(constant_fill(1));
  engine.memory = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(run_fill_job(noise_photo(), two_holes(), engine, {}, {}));
}

TEST(RunFillJob, AMaskOfAnotherPhotoIsABug) {
  const Image other(kWidth + 1, kHeight, 3, SampleDepth::k8);
  const auto result = run_fill_job(other, two_holes(), FakeEngine(constant_fill(1)), {}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBug);
}

TEST(RunFillJobProperty, OutsideTheCompositeMaskNothingEverChanges) {
  std::mt19937 random(404);
  const auto below = [&](int limit) { return int(random() % unsigned(limit)); };
  int filled = 0;
  for (int round = 0; round < 150; ++round) {
    const int width = below(8) == 0 ? 1 : 2 + below(150);
    const int height = below(8) == 0 ? 1 : 2 + below(150);
    const Image photo = shapes::random_photo(width, height, 1 + below(4),
                                             below(2) ? SampleDepth::k8 : SampleDepth::k16, random);
    MaskOptions options{.max_cover = 1, .min_component_px = 1};
    options.grow_px = below(12);
    const auto mask =
        prepare_mask(shapes::levels_of(shapes::random_mask(width, height, random)), photo, options);
    if (!mask) continue;
    FakeEngine engine(constant_fill(std::uint8_t(random())));
    engine.is_tinting = below(2) != 0;
    engine.policy = {.join_min = below(12), .context_min = 1 + below(20)};
    const auto result = run_fill_job(photo, *mask, engine, {}, {});
    ASSERT_TRUE(result) << result.error().message;
    ++filled;
    const int pixel = photo.bytes_per_pixel();
    for (std::size_t i = 0; i < photo.bytes.size(); ++i) {
      if (mask->composite.pixels[i / pixel] == 0) {
        ASSERT_EQ(result->image.bytes[i], photo.bytes[i]);
      }
    }
  }
  EXPECT_GT(filled, 100);
}

}  // namespace
}  // namespace pawfect
