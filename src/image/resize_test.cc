#include "image/resize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace pawfect {
namespace {

// A ramp to the right and one downwards, in the first two channels.
template <typename T>
Image ramps(int width, int height, int channels, SampleDepth depth, double most) {
  Image image(width, height, channels, depth);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      T* pixel = &image.row<T>(y)[std::size_t(x) * channels];
      pixel[0] = T(std::lround(most * (x + 0.5) / width));
      pixel[1] = T(std::lround(most * (y + 0.5) / height));
    }
  }
  return image;
}

TEST(ResizeImage, KeepsWhatASmoothPictureShowsAtEverySize) {
  const Image image = ramps<std::uint16_t>(400, 300, 2, SampleDepth::k16, 60000);
  for (const auto& [width, height] : {std::pair{200, 150}, {512, 384}, {333, 77}, {801, 601}}) {
    const Image scaled = resize_image(image, width, height);
    ASSERT_EQ(scaled.rect(), (PixelRect{0, 0, width, height}));
    const Image due = ramps<std::uint16_t>(width, height, 2, SampleDepth::k16, 60000);
    for (int y = 8; y < height - 8; ++y) {
      for (int x = 8; x < width - 8; ++x) {
        for (int c = 0; c < 2; ++c) {
          const int is = scaled.row<std::uint16_t>(y)[std::size_t(x) * 2 + c];
          const int should = due.row<std::uint16_t>(y)[std::size_t(x) * 2 + c];
          ASSERT_LT(std::abs(is - should), 10) << width << "x" << height << " " << x << "," << y;
        }
      }
    }
  }
}

TEST(ResizeImage, AveragesFineDetailWhenItShrinks) {
  Image image(256, 256, 1, SampleDepth::k8);
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) image.row<std::uint8_t>(y)[x] = (x + y) % 2 ? 255 : 0;
  }
  const Image scaled = resize_image(image, 64, 64);
  for (int y = 4; y < 60; ++y) {
    for (int x = 4; x < 60; ++x) EXPECT_NEAR(scaled.row<std::uint8_t>(y)[x], 128, 3);
  }
}

TEST(ResizeImage, LeavesAPictureOfThatSizeAlone) {
  const Image image = ramps<std::uint8_t>(31, 17, 4, SampleDepth::k8, 255);
  EXPECT_EQ(resize_image(image, 31, 17).bytes, image.bytes);
}

TEST(ResizeImage, GivesTheSameBytesEveryTime) {
  const Image image = ramps<std::uint8_t>(317, 211, 3, SampleDepth::k8, 255);
  EXPECT_EQ(resize_image(image, 512, 352).bytes, resize_image(image, 512, 352).bytes);
}

}  // namespace
}  // namespace pawfect
