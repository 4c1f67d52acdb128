#include "flux_engine/planes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

namespace pawfect {
namespace {

// A soft slope of colours with an object of another colour, and the mask that covers it exactly.
template <typename T>
Image slope(int width, int height, int channels, SampleDepth depth) {
  const double most = sizeof(T) == 1 ? 255 : 65535;
  Image image(width, height, channels, depth);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const double share = 0.2 + 0.3 * x / width + 0.2 * y / height + 0.05 * c;
        image.row<T>(y)[std::size_t(x) * channels + c] = T(std::lround(share * most));
      }
    }
  }
  return image;
}

Mask box_mask(int width, int height, PixelRect box) {
  Mask mask(width, height);
  for (int y = box.y; y < box.bottom(); ++y) {
    for (int x = box.x; x < box.right(); ++x) mask.at(x, y) = 255;
  }
  return mask;
}

template <typename T>
void paint(Image& image, const Mask& mask, T value) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (mask.at(x, y) == 0) continue;
      for (int c = 0; c < image.channels; ++c)
        image.row<T>(y)[std::size_t(x) * image.channels + c] = value;
    }
  }
}

TEST(ModelInput, HoldsNothingOfWhatIsRemoved) {
  const Mask hole = box_mask(200, 150, {60, 40, 50, 60});
  const Mask unusable = box_mask(200, 150, {150, 100, 20, 20});
  Image black = slope<std::uint8_t>(200, 150, 3, SampleDepth::k8), white = black;
  paint<std::uint8_t>(black, hole, 0), paint<std::uint8_t>(white, hole, 255);
  paint<std::uint8_t>(black, unusable, 0), paint<std::uint8_t>(white, unusable, 255);
  for (const WorkingSize size : {WorkingSize{512, 384}, {96, 64}, {208, 144}}) {
    const auto a = model_input(black, hole, unusable, size);
    const auto b = model_input(white, hole, unusable, size);
    EXPECT_EQ(a.rgb, b.rgb) << size.width;
  }
}

TEST(ModelInput, MasksEveryPixelThatAnythingOfTheHoleLiesUnder) {
  Mask hole(200, 150), none(200, 150);
  hole.at(199, 149) = 255;  // a single pixel, in the corner
  hole.at(17, 33) = 255;
  const Image window = slope<std::uint8_t>(200, 150, 3, SampleDepth::k8);
  const auto input = model_input(window, hole, none, {64, 48});
  EXPECT_EQ(input.mask[std::size_t(47) * 64 + 63], 255);
  EXPECT_EQ(input.mask[std::size_t(33 * 48 / 150) * 64 + 17 * 64 / 200], 255);
  EXPECT_EQ(std::count(input.mask.begin(), input.mask.end(), 255), 2);
  EXPECT_EQ(input.hole_box, bounding({63, 47, 1, 1}, {5, 10, 1, 1}));
}

TEST(ModelInput, IsThePhotoOutsideTheHole) {
  const Mask none(128, 96);
  const Image window = slope<std::uint16_t>(128, 96, 4, SampleDepth::k16);
  const auto input = model_input(window, none, none, {128, 96});
  for (std::size_t c = 0; c < 3; ++c) {
    const double due = window.row<std::uint16_t>(50)[70 * 4 + c] / 65535.0 * 2 - 1;
    EXPECT_NEAR(input.rgb[(c * 96 + 50) * 128 + 70], due, 1e-4);
  }
}

TEST(ModelInput, MakesGreyPhotosColourless) {
  const Mask none(64, 64);
  const auto input =
      model_input(slope<std::uint8_t>(64, 64, 2, SampleDepth::k8), none, none, {64, 64});
  EXPECT_EQ(input.rgb[100], input.rgb[64 * 64 + 100]);
  EXPECT_EQ(input.rgb[100], input.rgb[2 * 64 * 64 + 100]);
}

// What the model saw, handed back as its answer, is the photo again.
template <typename T>
void expect_round_trip(int channels, SampleDepth depth, WorkingSize size, double tolerance) {
  const Mask none(200, 150);
  const Image window = slope<T>(200, 150, channels, depth);
  const auto input = model_input(window, none, none, size);
  const auto output = model_output(input.rgb, {0, 0, size.width, size.height}, size, window);
  ASSERT_EQ(output.channels, channels);
  for (int y = 8; y < 142; ++y) {
    for (int x = 8; x < 192; ++x) {
      for (int c = 0; c < channels; ++c) {
        const std::size_t at = std::size_t(x) * channels + c;
        ASSERT_NEAR(output.row<T>(y)[at], window.row<T>(y)[at], tolerance) << x << "," << y;
      }
    }
  }
}

TEST(ModelOutput, GivesThePhotosOwnFormBack) {
  expect_round_trip<std::uint8_t>(1, SampleDepth::k8, {512, 384}, 1);
  expect_round_trip<std::uint8_t>(2, SampleDepth::k8, {208, 144}, 1);
  expect_round_trip<std::uint8_t>(3, SampleDepth::k8, {512, 384}, 1);
  expect_round_trip<std::uint8_t>(4, SampleDepth::k8, {112, 80}, 1);
  expect_round_trip<std::uint16_t>(3, SampleDepth::k16, {512, 384}, 20);
}

TEST(ModelOutput, TakesAPartOfThePicture) {
  const WorkingSize size{64, 64};
  const PixelRect part{16, 8, 32, 40};
  const std::vector<float> rgb(std::size_t(3) * 32 * 40, 0.5f);
  const Image base(64, 64, 3, SampleDepth::k8);
  const auto output = model_output(rgb, part, size, base);
  EXPECT_EQ(output.row<std::uint8_t>(20)[30 * 3], 191);
}

TEST(ContinueSmoothly, LeavesKnownPixelsAndStaysWithinTheRangeOfTheRing) {
  const Mask hole = box_mask(100, 80, {30, 20, 40, 30}), none(100, 80);
  Image window = slope<std::uint8_t>(100, 80, 4, SampleDepth::k8);
  paint<std::uint8_t>(window, hole, 255);
  const Image smooth = continue_smoothly(window, hole, none);
  for (int y = 0; y < 80; ++y) {
    for (int x = 0; x < 400; ++x) {
      if (hole.at(x / 4, y) == 0) {
        ASSERT_EQ(smooth.row<std::uint8_t>(y)[x], window.row<std::uint8_t>(y)[x]);
      } else {
        ASSERT_LT(smooth.row<std::uint8_t>(y)[x], 200);
      }
    }
  }
}

}  // namespace
}  // namespace pawfect
