#include "crop/colour_field.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "mask/grow.h"
#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using Tint = std::function<double(int x, int y)>;

constexpr int kWidth = 200;
constexpr int kHeight = 160;

// Mid-grey photos leave room for a tint on both sides.
Image flat_window(int channels, SampleDepth depth, double level = 0.5) {
  Image window(kWidth, kHeight, channels, depth);
  for (int y = 0; y < kHeight; ++y) {
    for (int i = 0; i < kWidth * channels; ++i) {
      if (depth == SampleDepth::k16) {
        window.row<std::uint16_t>(y)[i] = std::uint16_t(level * 65535);
      } else {
        window.row<std::uint8_t>(y)[i] = std::uint8_t(level * 255);
      }
    }
  }
  return window;
}

template <typename T>
void add_tint(Image& image, const Tint& tint) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < image.channels; ++c) {
        T& value = image.row<T>(y)[std::size_t(x) * image.channels + c];
        value = T(std::lround(value + tint(x, y) * (c + 1)));
      }
    }
  }
}

template <typename T>
double largest_difference(const Image& a, const Image& b, const Mask& where) {
  double largest = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int i = 0; i < a.width * a.channels; ++i) {
      if (!where.at(i / a.channels, y)) continue;
      largest = std::max(largest, std::abs(double(a.row<T>(y)[i]) - double(b.row<T>(y)[i])));
    }
  }
  return largest;
}

// The hole pixels that have a pixel outside beside them.
Mask rim_of(const Mask& hole) {
  Mask rim = hole;
  const Mask soft = soften_edge(hole, 1);
  for (std::size_t i = 0; i < rim.pixels.size(); ++i) {
    if (soft.pixels[i] == 255) rim.pixels[i] = 0;
  }
  return rim;
}

const Tint kConstant = [](int, int) { return -6.0; };
const Tint kGradient = [](int x, int y) { return 0.06 * (x - 100) + 0.03 * (y - 80); };
const Tint kQuadratic = [](int x, int y) {
  return 0.0008 * (x - 100) * (x - 100) - 0.0006 * (y - 80) * (y - 80);
};

TEST(AddColourField, TakesSmoothTintsAwayAtTheRim) {
  const Mask hole = shapes::disc(kWidth, kHeight, 100, 80, 45);
  const Mask nothing(kWidth, kHeight);
  for (const Tint& tint : {kConstant, kGradient, kQuadratic}) {
    const Image window = flat_window(3, SampleDepth::k8);
    Image filled = window;
    add_tint<std::uint8_t>(filled, tint);
    ASSERT_GT(largest_difference<std::uint8_t>(filled, window, rim_of(hole)), 3);
    add_colour_field(filled, window, hole, nothing);
    EXPECT_LE(largest_difference<std::uint8_t>(filled, window, rim_of(hole)), 1);
  }
}

TEST(AddColourField, TakesConstantAndLinearTintsAwayEverywhere) {
  const Mask hole = shapes::disc(kWidth, kHeight, 100, 80, 45);
  for (const Tint& tint : {kConstant, kGradient}) {
    const Image window = flat_window(3, SampleDepth::k8);
    Image filled = window;
    add_tint<std::uint8_t>(filled, tint);
    add_colour_field(filled, window, hole, Mask(kWidth, kHeight));
    EXPECT_LE(largest_difference<std::uint8_t>(filled, window, hole), 1);
  }
}

TEST(AddColourField, IsFinerThanALevelOfEightBitsInSixteen) {
  const Mask hole = shapes::disc(kWidth, kHeight, 100, 80, 45);
  for (const Tint& tint : {kConstant, kGradient, kQuadratic}) {
    const Image window = flat_window(4, SampleDepth::k16);
    Image filled = window;
    add_tint<std::uint16_t>(filled, [&](int x, int y) { return 257 * tint(x, y) / 2; });
    add_colour_field(filled, window, hole, Mask(kWidth, kHeight));
    EXPECT_LE(largest_difference<std::uint16_t>(filled, window, rim_of(hole)), 257);
  }
}

TEST(AddColourField, IsStableAtThePicturesBorders) {
  for (const PixelRect& rect : {PixelRect{0, 0, 60, 50}, PixelRect{150, 40, 50, 120},
                                PixelRect{0, 60, kWidth, 40}, PixelRect{20, 0, 100, kHeight}}) {
    Mask hole(kWidth, kHeight);
    shapes::add_rect(hole, rect);
    const Image window = flat_window(3, SampleDepth::k8);
    Image filled = window;
    add_tint<std::uint8_t>(filled, kConstant);
    add_colour_field(filled, window, hole, Mask(kWidth, kHeight));
    EXPECT_LE(largest_difference<std::uint8_t>(filled, window, hole), 1);
  }
}

TEST(AddColourField, ChangesOnlyTheHole) {
  std::mt19937 random(8);
  const Mask hole = shapes::random_mask(kWidth, kHeight, random);
  Mask outside = hole;
  for (std::uint8_t& pixel : outside.pixels) pixel = std::uint8_t(255 - pixel);
  const Image window = shapes::random_photo(kWidth, kHeight, 3, SampleDepth::k8, random);
  const Image before = shapes::random_photo(kWidth, kHeight, 3, SampleDepth::k8, random);
  Image filled = before;
  add_colour_field(filled, window, hole, Mask(kWidth, kHeight));
  EXPECT_EQ(largest_difference<std::uint8_t>(filled, before, outside), 0);
}

TEST(AddColourField, ClampsInsteadOfWrappingRound) {
  const Mask hole = shapes::disc(kWidth, kHeight, 100, 80, 20);
  const Image window = flat_window(1, SampleDepth::k8, 1.0);
  Image filled = flat_window(1, SampleDepth::k8, 0.9);
  filled.row<std::uint8_t>(80)[100] = 250;
  add_colour_field(filled, window, hole, Mask(kWidth, kHeight));
  EXPECT_EQ(filled.row<std::uint8_t>(80)[100], 255);
  EXPECT_NEAR(filled.row<std::uint8_t>(80)[95], 255, 1);
}

TEST(AddColourField, UnusableAndTransparentPixelsLendNoDifference) {
  const Mask hole = shapes::disc(kWidth, kHeight, 100, 80, 20);
  Image window = flat_window(4, SampleDepth::k8);
  Image filled = window;
  Mask unusable(kWidth, kHeight);
  shapes::add_rect(unusable, {100, 0, 100, 40});  // an unfilled object above
  Mask transparent(kWidth, kHeight);
  shapes::add_rect(transparent, {100, 120, 100, 40});
  shapes::add_disc(unusable, 125, 80, 20);
  shapes::add_disc(transparent, 75, 80, 20);
  for (std::size_t i = 0; i < hole.pixels.size(); ++i) {
    if (hole.pixels[i]) unusable.pixels[i] = transparent.pixels[i] = 0;
    if (unusable.pixels[i]) window.bytes[4 * i] = 255;
    if (transparent.pixels[i]) {
      window.bytes[4 * i + 1] = 255;
      window.bytes[4 * i + 3] = filled.bytes[4 * i + 3] = 0;
    }
  }
  const Image before = filled;
  add_colour_field(filled, window, hole, unusable);
  EXPECT_EQ(filled.bytes, before.bytes);
}

TEST(AddColourField, AHoleWithoutARingStaysAsItIs) {
  const Image window = flat_window(3, SampleDepth::k8);
  Image filled = flat_window(3, SampleDepth::k8, 0.2);
  const Image before = filled;
  add_colour_field(filled, window, Mask(kWidth, kHeight, 255), Mask(kWidth, kHeight));
  EXPECT_EQ(filled.bytes, before.bytes);
  add_colour_field(filled, window, Mask(kWidth, kHeight), Mask(kWidth, kHeight));
  EXPECT_EQ(filled.bytes, before.bytes);
}

}  // namespace
}  // namespace pawfect
