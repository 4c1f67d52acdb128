// What a fill must look like, measured: colour, smoothness, grain, alpha.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <set>

#include "texture/test_fills.h"

namespace pawfect {
namespace {

using texture::drawn::Fill;
using texture::drawn::paint_over;
using texture::drawn::photo_of;
using texture::drawn::sample;

constexpr SampleDepth kDepths[] = {SampleDepth::k8, SampleDepth::k16};

TEST(TextureEngineLook, AFlatPhotoIsRestoredToTheBit) {
  for (const int channels : {1, 2, 3, 4}) {
    for (const SampleDepth depth : kDepths) {
      const Image flat =
          photo_of(90, 70, channels, depth, [](int, int, int c) { return 200 - 20 * c; });
      Fill fill(flat, shapes::disc(90, 70, 30, 35, 20));
      paint_over(fill.window, fill.hole, [](int) { return 0; });
      const auto done = fill.run();
      ASSERT_TRUE(done);
      EXPECT_EQ(done->window.bytes, flat.bytes) << channels << " channels";
    }
  }
}

TEST(TextureEngineLook, ATiledPatternIsRestoredToTheBit) {
  for (const SampleDepth depth : kDepths) {
    const int unit = depth == SampleDepth::k16 ? 257 : 1;
    const Image tiles = photo_of(128, 110, 3, depth, [&](int x, int y, int c) {
      return (70 + 12 * (x % 8) + 6 * (y % 8) + 9 * c) * unit;
    });
    Fill fill(tiles, shapes::disc(128, 110, 64, 50, 16));
    paint_over(fill.window, fill.hole, [](int) { return 0; });
    const auto done = fill.run();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->window.bytes, tiles.bytes);
  }
}

TEST(TextureEngineLook, ASixteenBitGradientStaysSmooth) {
  const auto ramp = [](int x, int y, int) { return 20000 + 37 * x + 11 * y; };
  Fill fill(photo_of(200, 150, 3, SampleDepth::k16, ramp), shapes::disc(200, 150, 100, 75, 30));
  paint_over(fill.window, fill.hole, [](int) { return 0; });
  const auto done = fill.run();
  ASSERT_TRUE(done);
  std::set<int> values;
  double worst_step = 0, worst = 0;
  for (int y = 40; y < 110; ++y) {
    for (int x = 60; x < 140; ++x) {
      if (fill.hole.at(x, y) == 0) continue;
      const int here = sample(done->window, x, y, 1);
      values.insert(here);
      worst = std::max(worst, std::abs(double(here) - ramp(x, y, 1)));
      worst_step =
          std::max(worst_step, std::abs(double(sample(done->window, x + 1, y, 1)) - here - 37.0));
      worst_step =
          std::max(worst_step, std::abs(double(sample(done->window, x, y + 1, 1)) - here - 11.0));
    }
  }
  EXPECT_GT(values.size(), 256u);
  EXPECT_LT(worst_step, 128.0);  // half a level of 8 bits
  EXPECT_LT(worst, 257.0);       // a level of 8 bits
}

// Mean square of the Laplacian over pixels all of whose neighbours are in `mask`.
double laplacian_energy(const Image& image, const Mask& mask, int channel) {
  double sum = 0;
  int count = 0;
  for (int y = 1; y + 1 < image.height; ++y) {
    for (int x = 1; x + 1 < image.width; ++x) {
      if (mask.at(x, y) == 0 || mask.at(x - 1, y) == 0 || mask.at(x + 1, y) == 0 ||
          mask.at(x, y - 1) == 0 || mask.at(x, y + 1) == 0)
        continue;
      const double l = 4.0 * sample(image, x, y, channel) - sample(image, x - 1, y, channel) -
                       sample(image, x + 1, y, channel) - sample(image, x, y - 1, channel) -
                       sample(image, x, y + 1, channel);
      sum += l * l;
      ++count;
    }
  }
  return sum / count;
}

TEST(TextureEngineLook, GrainIsKept) {
  for (const int channels : {1, 3}) {
    for (const int radius : {10, 40}) {
      for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        std::mt19937 random(150 + unsigned(seed));
        const Image grain = photo_of(220, 180, channels, SampleDepth::k8, [&](int, int, int) {
          return std::lround(128.0f + texture::drawn::normal(random, 4.0f));
        });
        Fill fill(grain, shapes::disc(220, 180, 110, 90, radius));
        fill.seed = seed;
        const auto done = fill.run();
        ASSERT_TRUE(done);
        Mask outside = fill.hole;
        for (std::uint8_t& pixel : outside.pixels) pixel = std::uint8_t(255 - pixel);
        for (int c = 0; c < channels; ++c) {
          const double ratio = laplacian_energy(done->window, fill.hole, c) /
                               laplacian_energy(done->window, outside, c);
          EXPECT_GT(ratio, 0.6);
          EXPECT_LT(ratio, 1.5);
        }
      }
    }
  }
}

TEST(TextureEngineLook, ThereIsNoSeamAtTheRim) {
  // Grain whose brightness rises to the right: copies come with another brightness.
  std::mt19937 random(152);
  const Image photo = photo_of(220, 160, 3, SampleDepth::k8, [&](int x, int, int) {
    return std::lround(60 + x * 0.6 + texture::drawn::normal(random, 4.0f));
  });
  Fill fill(photo, shapes::disc(220, 160, 110, 80, 35));
  const auto done = fill.run();
  ASSERT_TRUE(done);
  double across = 0, along = 0;
  int crossings = 0, others = 0;
  for (int y = 0; y < 160; ++y) {
    for (int x = 0; x + 1 < 220; ++x) {
      const double step =
          std::pow(double(sample(done->window, x + 1, y, 1)) - sample(done->window, x, y, 1), 2);
      const bool here = fill.hole.at(x, y) != 0, there = fill.hole.at(x + 1, y) != 0;
      if (here != there) {
        across += step, ++crossings;
      } else if (!here) {
        along += step, ++others;
      }
    }
  }
  EXPECT_LT(across / crossings, 1.4 * along / others);
}

TEST(TextureEngineLook, AlphaIsThatOfTheSurroundings) {
  std::mt19937 random(153);
  for (const int channels : {2, 4}) {
    for (const SampleDepth depth : kDepths) {
      const int most = depth == SampleDepth::k16 ? 65535 : 255;
      for (const int alpha : {most, most / 2, 0}) {
        Fill fill(shapes::random_photo(80, 70, channels, depth, random),
                  shapes::disc(80, 70, 40, 35, 14));
        for (int y = 0; y < 70; ++y) {
          for (int x = 0; x < 80; ++x) {
            const bool is_hole = fill.hole.at(x, y) != 0;
            texture::drawn::set_sample(fill.window, x, y, channels - 1,
                                       is_hole ? int(random() % most) : alpha);
          }
        }
        const auto done = fill.run();
        ASSERT_TRUE(done);
        for (int y = 0; y < 70; ++y) {
          for (int x = 0; x < 80; ++x)
            ASSERT_EQ(sample(done->window, x, y, channels - 1), alpha) << x << ' ' << y;
        }
      }
    }
  }
}

}  // namespace
}  // namespace pawfect
