// What the engine may read and write: it paints the hole only, and nothing that stands in the hole
// or in an unusable place is ever seen in the fill.
#include <gtest/gtest.h>

#include <random>

#include "texture/test_fills.h"

namespace pawfect {
namespace {

using texture::drawn::changed_outside;
using texture::drawn::Fill;
using texture::drawn::paint_over;
using texture::drawn::photo_of;
using texture::drawn::sample;

constexpr SampleDepth kDepths[] = {SampleDepth::k8, SampleDepth::k16};

int full_scale(SampleDepth depth) { return depth == SampleDepth::k16 ? 65535 : 255; }

// Grey around the middle with some grain, the same in all colour channels; opaque.
Image grey_photo(int width, int height, int channels, SampleDepth depth, std::mt19937& random) {
  const int unit = depth == SampleDepth::k16 ? 257 : 1;
  Image photo(width, height, channels, depth);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int grey = (110 + x / 4 + int(random() % 20)) * unit;
      for (int c = 0; c < channels; ++c)
        texture::drawn::set_sample(photo, x, y, c,
                                   c < photo.colour_channels() ? grey : full_scale(depth));
    }
  }
  return photo;
}

TEST(TextureEngineHole, NothingElseIsChangedOnRandomMasks) {
  std::mt19937 random(141);
  int filled = 0;
  for (const int channels : {1, 2, 3, 4}) {
    for (const SampleDepth depth : kDepths) {
      for (int k = 0; k < 5; ++k) {
        const int width = 20 + int(random() % 60), height = 20 + int(random() % 60);
        auto masks = texture::drawn::random_masks(width, height, random);
        Fill fill(shapes::random_photo(width, height, channels, depth, random), masks.hole);
        fill.unusable = masks.unusable;
        fill.seed = random();
        const auto done = fill.run();
        if (!done) {
          EXPECT_EQ(done.error().code, ErrorCode::kMaskRejected);
          continue;
        }
        ++filled;
        ASSERT_EQ(done->window.width, width);
        ASSERT_EQ(done->window.height, height);
        ASSERT_EQ(done->window.channels, channels);
        ASSERT_EQ(done->window.depth, depth);
        ASSERT_EQ(changed_outside(fill.window, done->window, fill.hole), 0)
            << width << " x " << height << ", " << channels << " channels";
      }
    }
  }
  EXPECT_GT(filled, 25);
}

// Some pixels that no patch of the hole's touches: seven or more away from it.
Mask unusable_away_from(const Mask& hole, std::mt19937& random) {
  Mask unusable = shapes::random_mask(hole.width, hole.height, random);
  shapes::add_rect(unusable, {hole.width - 12, 0, 12, hole.height});
  for (int y = 0; y < hole.height; ++y) {
    for (int x = 0; x < hole.width; ++x) {
      if (hole.at(x, y) != 0) shapes::add_rect(unusable, {x - 6, y - 6, 13, 13}, 0);
    }
  }
  return unusable;
}

// The bytes of the hole's pixels.
std::vector<std::uint8_t> filled_bytes(const Image& image, const Mask& hole) {
  std::vector<std::uint8_t> bytes;
  const std::size_t pixel = std::size_t(image.bytes_per_pixel());
  for (std::size_t i = 0; i < image.bytes.size(); ++i) {
    if (hole.pixels[i / pixel] != 0) bytes.push_back(image.bytes[i]);
  }
  return bytes;
}

TEST(TextureEngineHole, WhatStandsInTheHoleNeverLeaks) {
  std::mt19937 random(142);
  for (const int channels : {1, 2, 3, 4}) {
    for (const SampleDepth depth : kDepths) {
      Mask hole = shapes::random_mask(96, 80, random);
      shapes::add_disc(hole, 50, 40, 18);  // deep enough for several levels
      Fill fill(grey_photo(96, 80, channels, depth, random), hole);
      fill.unusable = unusable_away_from(hole, random);
      const unsigned values = unsigned(full_scale(depth)) + 1;
      std::vector<std::uint8_t> first;
      for (const char* object : {"red and transparent", "black", "noise"}) {
        const auto colour = [&](int c) -> int {
          switch (object[0]) {
            case 'r':
              return c == 0 ? full_scale(depth) : 0;
            case 'b':
              return 0;
            default:
              return int(random() % values);
          }
        };
        paint_over(fill.window, hole, colour);
        paint_over(fill.window, fill.unusable, colour);
        const auto done = fill.run();
        ASSERT_TRUE(done) << done.error().message;
        const std::vector<std::uint8_t> bytes = filled_bytes(done->window, hole);
        if (first.empty()) first = bytes;
        ASSERT_TRUE(bytes == first) << channels << " channels, " << object;
      }
    }
  }
}

TEST(TextureEngineHole, AnUnusablePixelIsNeverASource) {
  std::mt19937 random(143);
  for (const SampleDepth depth : kDepths) {
    for (int k = 0; k < 4; ++k) {
      Fill fill(grey_photo(120, 90, 3, depth, random), shapes::disc(120, 90, 40 + 10 * k, 45, 14));
      shapes::add_rect(fill.hole, {60, 10, 20, 3});  // several holes
      shapes::add_disc(fill.unusable, 85, 45, 16);   // touches the first
      shapes::add_rect(fill.unusable, {0, 70, 120, 9});
      for (std::size_t i = 0; i < fill.hole.pixels.size(); ++i) {
        if (fill.hole.pixels[i] != 0) fill.unusable.pixels[i] = 0;
      }
      const int most = full_scale(depth);
      paint_over(fill.window, fill.unusable, [&](int c) { return c == 0 ? most : 0; });
      paint_over(fill.window, fill.hole, [&](int c) { return c == 2 ? most : 0; });
      const auto done = fill.run();
      ASSERT_TRUE(done) << done.error().message;
      for (int y = 0; y < 90; ++y) {
        for (int x = 0; x < 120; ++x) {
          if (fill.hole.at(x, y) == 0) continue;
          const int red = sample(done->window, x, y, 0);
          ASSERT_EQ(red, sample(done->window, x, y, 1)) << x << ' ' << y;  // grey, to the bit
          ASSERT_EQ(red, sample(done->window, x, y, 2)) << x << ' ' << y;
        }
      }
      EXPECT_EQ(changed_outside(fill.window, done->window, fill.hole), 0);
    }
  }
}

struct Place {
  const char* name;
  std::vector<PixelRect> holes;
};

TEST(TextureEngineHole, EveryPixelIsFilledWhereverTheHoleLies) {
  constexpr int kWidth = 100, kHeight = 80;
  const std::vector<Place> places = {
      {"left border", {{0, 30, 20, 20}}},
      {"right border", {{80, 30, 20, 20}}},
      {"upper border", {{40, 0, 20, 20}}},
      {"lower border", {{40, 60, 20, 20}}},
      {"all four corners", {{0, 0, 15, 12}, {85, 0, 15, 12}, {0, 68, 15, 12}, {85, 68, 15, 12}}},
      {"three borders", {{0, 0, kWidth, 12}, {0, 0, 12, kHeight}, {88, 0, 12, kHeight}}},
      {"three borders, solid", {{0, 0, 80, kHeight}}},
      {"all borders", {{0, 0, kWidth, 6}, {0, 74, kWidth, 6}, {0, 0, 6, 80}, {94, 0, 6, 80}}},
      {"one pixel", {{50, 40, 1, 1}}},
      {"one pixel in the corner", {{0, 0, 1, 1}}},
      {"one pixel at the border", {{99, 40, 1, 1}}},
      {"scratch across", {{0, 40, kWidth, 1}}},
      {"scratch down the border", {{0, 0, 1, kHeight}}},
      {"a grid of scratches", {{0, 20, kWidth, 1}, {0, 60, kWidth, 1}, {50, 0, 1, kHeight}}},
      {"a blob and a far scratch", {{60, 30, 30, 30}, {5, 5, 1, 50}}},
      {"all but a corner", {{0, 0, kWidth, 60}, {0, 0, 70, kHeight}}},
  };
  // A tame photo with a loud object: a pixel that was left or invented stands out.
  for (const SampleDepth depth : kDepths) {
    const int unit = depth == SampleDepth::k16 ? 257 : 1;
    for (const Place& place : places) {
      Fill fill(photo_of(kWidth, kHeight, 3, depth,
                         [&](int x, int y, int c) {
                           return (100 + (x * 7 + y * 3) % 11 + 10 * c) * unit;
                         }),
                Mask(kWidth, kHeight));
      for (const PixelRect& hole : place.holes) shapes::add_rect(fill.hole, hole);
      paint_over(fill.window, fill.hole, [&](int c) { return c == 1 ? 255 * unit : 0; });
      const auto done = fill.run();
      ASSERT_TRUE(done) << place.name << ": " << done.error().message;
      EXPECT_EQ(changed_outside(fill.window, done->window, fill.hole), 0) << place.name;
      int wrong = 0;
      for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
          for (int c = 0; c < 3; ++c) {
            const int value = sample(done->window, x, y, c);
            wrong += value < (100 + 10 * c - 12) * unit || value > (110 + 10 * c + 12) * unit;
          }
        }
      }
      EXPECT_EQ(wrong, 0) << place.name;
    }
  }
}

TEST(TextureEngineHole, WindowsBarelyLargerThanAPatchWork) {
  std::mt19937 random(144);
  int filled = 0;
  for (int width = 7; width < 20; ++width) {
    for (const int height : {7, 8, 13}) {
      Fill fill(shapes::random_photo(width, height, 3, SampleDepth::k8, random),
                Mask(width, height));
      fill.hole.at(0, 0) = 255;
      const auto done = fill.run();
      if (width == 7 && height == 7) {
        EXPECT_FALSE(done);  // the one patch holds the hole
        continue;
      }
      ASSERT_TRUE(done) << width << " x " << height;
      EXPECT_EQ(changed_outside(fill.window, done->window, fill.hole), 0);
      ++filled;
    }
  }
  EXPECT_GT(filled, 30);
}

}  // namespace
}  // namespace pawfect
