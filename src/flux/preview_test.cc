#include "flux/preview.h"

#include <gtest/gtest.h>

#include <random>

namespace pawfect {
namespace {

// A picture whose every cell is a fixed mix of its latent's channels.
struct LinearWorld {
  int width = 128, height = 96;
  std::vector<float> latent_tokens, rgb;
  std::vector<std::uint8_t> mask;

  LinearWorld() : rgb(std::size_t(3) * width * height), mask(std::size_t(width) * height) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    const int w = width / 8, h = height / 8;
    std::vector<float> planes(std::size_t(kLatentChannels) * w * h);
    for (float& v : planes) v = normal(random);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (std::size_t c = 0; c < 3; ++c) {
          const std::size_t cell = std::size_t(y / 8) * w + x / 8;
          rgb[(c * height + y) * width + x] =
              0.05f + 0.2f * planes[c * w * h + cell] - 0.1f * planes[(c + 7) * w * h + cell];
        }
      }
    }
    latent_tokens = pack(planes, kLatentChannels, w, h);
  }
};

TEST(Preview, ShowsThePhotoThatItsLatentStandsFor) {
  LinearWorld world;
  for (int y = 40; y < 60; ++y) {  // a hole, in which the photo is wrong
    for (int x = 40; x < 70; ++x) {
      world.mask[std::size_t(y) * world.width + x] = 255;
      world.rgb[std::size_t(y) * world.width + x] = 9;
    }
  }
  const PreviewFit fit =
      fit_preview(world.latent_tokens, world.rgb, world.mask, world.width, world.height);
  const LatentPreview preview =
      draw_preview(fit, world.latent_tokens, 3, world.width, world.height);
  EXPECT_EQ(preview.step, 3);
  ASSERT_EQ(preview.width, 16);
  ASSERT_EQ(preview.height, 12);
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 16; ++x) {
      const std::size_t pixel = (std::size_t(2) * world.height + y * 8) * world.width + x * 8;
      EXPECT_NEAR(preview.rgb[(std::size_t(2) * 12 + y) * 16 + x], world.rgb[pixel], 0.02);
    }
  }
}

TEST(Preview, StaysFiniteWhenNothingIsKnown) {
  LinearWorld world;
  std::fill(world.mask.begin(), world.mask.end(), 1);
  const PreviewFit fit =
      fit_preview(world.latent_tokens, world.rgb, world.mask, world.width, world.height);
  for (const float v : draw_preview(fit, world.latent_tokens, 1, world.width, world.height).rgb)
    EXPECT_EQ(v, 0.0f);
}

TEST(CleanLatent, TakesTheNoiseOutAlongTheVelocity) {
  // x = sigma noise + (1 - sigma) clean, velocity = noise - clean.
  EXPECT_NEAR(clean_latent(std::vector{0.25f * 3 + 0.75f * 2}, std::vector{1.0f}, 0.25f)[0], 2.0,
              1e-6);
}

}  // namespace
}  // namespace pawfect
