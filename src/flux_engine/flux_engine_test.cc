#include "flux_engine/flux_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "flux/test_fixture.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// Stripes over a slope, and an object of another colour where the hole will be.
template <typename T>
Image picture(int width, int height, int channels, SampleDepth depth) {
  const int most = sizeof(T) == 1 ? 255 : 65535;
  Image image(width, height, channels, depth);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const int percent = 20 + 30 * x / width + 20 * y / height + 15 * (x / 8 % 2) + 3 * c;
        image.row<T>(y)[std::size_t(x) * channels + c] = T(percent * most / 100);
      }
    }
  }
  return image;
}

Mask box_mask(int width, int height, const PixelRect& box) {
  Mask mask(width, height);
  for (int y = box.y; y < box.bottom(); ++y) {
    for (int x = box.x; x < box.right(); ++x) mask.at(x, y) = 255;
  }
  return mask;
}

void blacken(Image& image, const Mask& where) {
  const std::size_t size = image.bytes.size() / (std::size_t(image.width) * image.height);
  for (std::size_t i = 0; i < image.bytes.size(); ++i) {
    const int pixel = int(i / size);
    if (where.at(pixel % image.width, pixel / image.width)) image.bytes[i] = 0;
  }
}

EngineSetup tiny(int working_size = 64) {
  return {.models = fixture_dir(),
          .variant = "q4_0",
          .backend = "cpu",
          .threads = 1,
          .text_tokens = 64,
          .working_size = working_size};
}

// A photo, its hole, and what is asked for; the engine is made once for all tests.
class FluxEngineOnTheFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // Nothing is read from the cache of the person who runs the tests, nor left there.
    std::string pattern = (fs::temp_directory_path() / "flux_engine.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    cache_ = pattern;
    ::setenv("XDG_CACHE_HOME", pattern.c_str(), 1);
    auto made = make_flux_engine(tiny());
    ASSERT_TRUE(made) << made.error().message;
    engine_ = std::move(*made);
  }
  static void TearDownTestSuite() {
    engine_.reset();
    std::error_code ignored;
    fs::remove_all(cache_, ignored);
  }

  FillRequest request(const Image& window) const {
    return {.window = window,
            .hole = hole_,
            .unusable = none_,
            .seed = 5,
            .threads = 1,
            .prompt = "grass",
            .model = {.steps = 2}};
  }

  static Image filled(const FillRequest& asked) {
    auto result = engine_->fill(asked, {});
    EXPECT_TRUE(result) << result.error().message;
    return result ? std::move(result->window) : Image();
  }

  static constexpr int kWidth = 120, kHeight = 96;
  Image window_ = picture<std::uint8_t>(kWidth, kHeight, 3, SampleDepth::k8);
  Mask hole_ = box_mask(kWidth, kHeight, {40, 30, 45, 35});
  Mask none_{kWidth, kHeight};

  inline static std::unique_ptr<FillEngine> engine_;
  inline static fs::path cache_;
};

TEST_F(FluxEngineOnTheFixture, GivesTheSameBytesForTheSameSeedAndOthersForAnother) {
  const Image first = filled(request(window_));
  EXPECT_EQ(filled(request(window_)).bytes, first.bytes);
  FillRequest other = request(window_);
  other.seed = 6;
  EXPECT_NE(filled(other).bytes, first.bytes);
}

TEST_F(FluxEngineOnTheFixture, ReadsThePromptAndTheGuidance) {
  const Image grass = filled(request(window_));
  FillRequest sand = request(window_);
  sand.prompt = "sand";
  EXPECT_NE(filled(sand).bytes, grass.bytes);
  FillRequest loose = request(window_);
  loose.model.guidance = 2;
  EXPECT_NE(filled(loose).bytes, grass.bytes);
}

template <typename T>
void expect_form_kept(const Image& result, const Image& window, const Mask& hole) {
  ASSERT_EQ(result.rect(), window.rect());
  ASSERT_EQ(result.channels, window.channels);
  ASSERT_EQ(result.depth, window.depth);
  ASSERT_EQ(result.bytes.size(), window.bytes.size());
  std::size_t changed = 0;
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      if (hole.at(x, y) == 0) continue;
      const std::size_t at = std::size_t(x) * window.channels;
      changed += result.row<T>(y)[at] != window.row<T>(y)[at];
    }
  }
  EXPECT_GT(changed, std::size_t(45 * 35 / 2));
}

TEST_F(FluxEngineOnTheFixture, KeepsTheWindowsFormInBothDepthsWithGreyAndWithAlpha) {
  for (const int channels : {1, 4}) {
    const Image small = picture<std::uint8_t>(kWidth, kHeight, channels, SampleDepth::k8);
    expect_form_kept<std::uint8_t>(filled(request(small)), small, hole_);
  }
  for (const int channels : {2, 3}) {
    const Image deep = picture<std::uint16_t>(kWidth, kHeight, channels, SampleDepth::k16);
    expect_form_kept<std::uint16_t>(filled(request(deep)), deep, hole_);
  }
}

TEST_F(FluxEngineOnTheFixture, UsesTheWholeRangeOf16Bits) {
  const Image deep = picture<std::uint16_t>(kWidth, kHeight, 3, SampleDepth::k16);
  const Image result = filled(request(deep));
  int odd = 0;  // that no 8-bit level, widened, would give
  for (int x = 40; x < 85; ++x) {
    const std::uint16_t level = result.row<std::uint16_t>(45)[std::size_t(x) * 3];
    odd += level % 257 != 0;
  }
  EXPECT_GT(odd, 30);
}

TEST_F(FluxEngineOnTheFixture, NeverLooksAtWhatIsRemovedOrUnusable) {
  const Mask unusable = box_mask(kWidth, kHeight, {4, 4, 20, 14});
  const FillRequest with_unusable = {.window = window_,
                                     .hole = hole_,
                                     .unusable = unusable,
                                     .seed = 5,
                                     .threads = 1,
                                     .prompt = "grass",
                                     .model = {.steps = 2, .refine = 0.5}};
  const Image before = filled(with_unusable);
  Image other = window_;
  blacken(other, hole_);
  blacken(other, unusable);
  ASSERT_NE(other.bytes, window_.bytes);
  const FillRequest again = {.window = other,
                             .hole = hole_,
                             .unusable = unusable,
                             .seed = 5,
                             .threads = 1,
                             .prompt = "grass",
                             .model = {.steps = 2, .refine = 0.5}};
  EXPECT_EQ(filled(again).bytes, before.bytes);
}

TEST_F(FluxEngineOnTheFixture, TellsWhatItDid) {
  FillRequest asked = request(window_);
  asked.model.guidance = 12.5;
  const auto result = engine_->fill(asked, {});
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_TRUE(result->model);
  const ModelRun& run = *result->model;
  EXPECT_EQ(run.variant, "flux-q4_0");
  EXPECT_THAT(run.files, ElementsAre("flux1-fill-tiny-Q4_0.gguf", HasSubstr("t5"),
                                     "clip_l.safetensors", "ae.safetensors"));
  EXPECT_EQ(run.backend, "cpu");
  EXPECT_FALSE(run.device.empty());
  EXPECT_THAT(run.noise, HasSubstr("philox"));
  EXPECT_EQ(run.multiplied_as, "stored");
  EXPECT_EQ(run.steps, 2);
  EXPECT_EQ(run.guidance, 12.5);
  EXPECT_EQ(run.text_tokens, 64);
  EXPECT_EQ(run.width, 64);
  EXPECT_EQ(run.height, 48);  // 96 x 64 / 120 = 51
  std::vector<std::string> stages;
  for (const StageTime& stage : result->stages) stages.push_back(stage.name);
  EXPECT_THAT(stages, ElementsAre("scale", "text", "load", "encode", "steps", "decode"));
  EXPECT_TRUE(result->warnings.empty());
}

TEST_F(FluxEngineOnTheFixture, TakesTheVariantsDefaultsWhereNothingIsAsked) {
  FillRequest asked = request(window_);
  asked.model = {};
  const auto result = engine_->fill(asked, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->model->steps, 20);
  EXPECT_EQ(result->model->guidance, 30);
}

TEST_F(FluxEngineOnTheFixture, WarnsOfAPromptThatIsTooLong) {
  FillRequest asked = request(window_);
  for (int i = 0; i < 200; ++i) asked.prompt += " grass";
  const auto result = engine_->fill(asked, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->warnings, ElementsAre(HasSubstr("longer than the text encoders take")));
  // Also when it comes out of the cache.
  EXPECT_EQ(engine_->fill(asked, {})->warnings, result->warnings);
}

TEST_F(FluxEngineOnTheFixture, ShowsAPreviewAfterEveryNthStep) {
  std::vector<int> steps;
  FillRequest asked = request(window_);
  asked.model = {.steps = 7, .refine = 0.5, .preview_every = 3};
  asked.preview = [&](int step, const Image& preview) {
    steps.push_back(step);
    EXPECT_EQ(preview.width, 64 / 8);
    EXPECT_EQ(preview.height, 48 / 8);
    EXPECT_EQ(preview.channels, 3);
  };
  filled(asked);
  EXPECT_THAT(steps, ElementsAre(3, 6));
}

TEST_F(FluxEngineOnTheFixture, StopsBetweenTwoStepsWhenItIsCancelled) {
  std::stop_source stop;
  int steps = 0;
  double highest = 0;
  const JobControl control = {.progress =
                                  [&](std::string_view stage, double fraction) {
                                    EXPECT_GE(fraction, highest);
                                    highest = fraction;
                                    if (stage == "steps" && ++steps == 3) stop.request_stop();
                                  },
                              .stop = stop.get_token()};
  FillRequest asked = request(window_);
  asked.model.steps = 50;
  const auto cancelled = engine_->fill(asked, control);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(steps, 3);
  // And is whole afterwards.
  filled(request(window_));
}

TEST_F(FluxEngineOnTheFixture, RefinesTheRimOfTheHoleAndNothingElse) {
  constexpr int kSide = 128;
  const auto engine =
      make_flux_engine(tiny(kSide)).value();  // of the window's size: nothing scaled
  const Image window = picture<std::uint8_t>(kSide, kSide, 3, SampleDepth::k8);
  const PixelRect box{14, 12, 100, 102};
  const Mask hole = box_mask(kSide, kSide, box), none(kSide, kSide);
  FillRequest asked = {.window = window,
                       .hole = hole,
                       .unusable = none,
                       .seed = 5,
                       .threads = 1,
                       .prompt = "grass",
                       .model = {.steps = 2}};
  const Image plain = engine->fill(asked, {})->window;
  asked.model.refine = 0.5;
  const Image refined = engine->fill(asked, {})->window;
  int changed = 0;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const int depth = std::min({x - box.x + 1, box.right() - x, y - box.y + 1, box.bottom() - y});
      const bool is_rim = depth >= 1 && depth <= 24;
      for (int c = 0; c < 3; ++c) {
        const int at = x * 3 + c;
        const bool same = plain.row<std::uint8_t>(y)[at] == refined.row<std::uint8_t>(y)[at];
        changed += !same;
        ASSERT_TRUE(same || is_rim) << x << "," << y;
      }
    }
  }
  EXPECT_GT(changed, 1000);
}

TEST_F(FluxEngineOnTheFixture, CountsItsMemoryByTheWorkingSize) {
  const auto small = engine_->memory_needed(600, 600, 1000, 3);
  const auto large = make_flux_engine(tiny(256)).value()->memory_needed(600, 600, 1000, 3);
  EXPECT_GT(small, 0);
  EXPECT_GT(large, 2 * small);
}

TEST(MakeFluxEngine, RefusesWhatItCannotRunWith) {
  const auto message = [](EngineSetup setup, ErrorCode due) -> std::string {
    const auto made = make_flux_engine(setup);
    if (made) return "made";
    EXPECT_EQ(made.error().code, due);
    return made.error().message;
  };
  EngineSetup setup = tiny();
  setup.backend = "abacus";
  EXPECT_THAT(message(setup, ErrorCode::kUsage), HasSubstr("abacus"));
  setup = tiny();
  setup.variant = "q8_0";
  setup.models = fs::path(PAWFECT_SOURCE_DIR) / "tests" / "data" / "flux-tiny";
  EXPECT_THAT(message(setup, ErrorCode::kModelMissing), HasSubstr("flux-q8_0"));
  setup.variant = "texture";
  EXPECT_THAT(message(setup, ErrorCode::kUsage), HasSubstr("another engine"));
  setup = tiny();
  setup.text_tokens = 600;
  EXPECT_THAT(message(setup, ErrorCode::kUsage), HasSubstr("512"));
  setup = tiny(1024);
  setup.memory = 1 << 20;
  EXPECT_THAT(message(setup, ErrorCode::kModelMissing), HasSubstr("take a smaller variant"));
}

}  // namespace
}  // namespace pawfect
