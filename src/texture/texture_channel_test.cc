#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "texture/level.h"
#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

int texture_at(const Level& level, int x, int y) {
  return level.pixels[(std::size_t(y) * level.stride + x) * 4 + 3];
}

// The definition, pixel by pixel.
int naive_texture(const Level& level, int x, int y, const Settings& settings) {
  const auto is_known = [&](int qx, int qy) {
    return qx >= 0 && qy >= 0 && qx < level.width && qy < level.height &&
           level.kind[std::size_t(qy) * level.stride + qx] == kKnown;
  };
  const auto luma = [&](int qx, int qy) {
    const std::uint8_t* p = &level.pixels[(std::size_t(qy) * level.stride + qx) * 4];
    return (29 * p[0] + 150 * p[1] + 77 * p[2] + 128) >> 8;
  };
  int sum = 0, count = 0;
  const int r = settings.texture_radius;
  for (int qy = y - r; qy <= y + r; ++qy) {
    for (int qx = x - r; qx <= x + r; ++qx) {
      if (!is_known(qx, qy)) continue;
      ++count;
      if (is_known(qx + 1, qy)) sum += std::abs(luma(qx + 1, qy) - luma(qx, qy));
      if (is_known(qx, qy + 1)) sum += std::abs(luma(qx, qy + 1) - luma(qx, qy));
    }
  }
  const float mean = count > 0 ? float(sum) / float(count) : 0.0f;
  return int(std::min(255.0f, settings.texture_gain * mean + 0.5f));
}

TEST(TextureChannel, EqualsItsDefinitionOnRandomMasks) {
  std::mt19937 random(31);
  for (const auto& [width, height] : {std::pair{33, 27}, {9, 40}, {3, 3}, {1, 12}}) {
    const auto masks = drawn::random_masks(width, height, random);
    Level level = drawn::noise_level(masks.hole, random, &masks.unusable);
    for (std::uint8_t& byte : level.pixels) byte /= 16;  // below the channel's ceiling
    const Settings settings;
    add_texture_channel(level, settings);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        if (level.kind[std::size_t(y) * level.stride + x] != kKnown) continue;
        ASSERT_EQ(texture_at(level, x, y), naive_texture(level, x, y, settings)) << x << ' ' << y;
      }
    }
  }
}

TEST(TextureChannel, IgnoresUnknownPixels) {
  std::mt19937 random(32);
  const auto masks = drawn::random_masks(40, 30, random);
  Level one = drawn::noise_level(masks.hole, random, &masks.unusable);
  for (std::uint8_t& byte : one.pixels) byte /= 16;
  Level other = one;
  for (std::size_t i = 0; i < other.kind.size(); ++i) {
    if (other.kind[i] == kKnown) continue;
    for (int c = 0; c < 3; ++c) other.pixels[i * 4 + c] = std::uint8_t(random());
  }
  add_texture_channel(one, {});
  add_texture_channel(other, {});
  for (std::size_t i = 0; i < one.kind.size(); ++i) {
    if (one.kind[i] == kKnown) {
      ASSERT_EQ(one.pixels[i * 4 + 3], other.pixels[i * 4 + 3]);
    }
  }
}

TEST(TextureChannel, IsZeroOnAFlatWallAndHighOnGrass) {
  Level wall = drawn::pattern_level(Mask(30, 30), [](int, int) { return 90; });
  Level grass =
      drawn::pattern_level(Mask(30, 30), [](int x, int y) { return (x + y) % 2 != 0 ? 90 : 200; });
  add_texture_channel(wall, {});
  add_texture_channel(grass, {});
  EXPECT_EQ(texture_at(wall, 15, 15), 0);
  EXPECT_EQ(texture_at(grass, 15, 15), 255);
}

}  // namespace
}  // namespace pawfect::texture
