// The AVX2 twin lives in a file of its own instruction set; search_kernels_test.cc compares it
// through whole passes.
#include "texture/patch_distance.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pawfect::texture {
namespace {

constexpr int kWidth = 40, kHeight = 30;  // pixels

struct Plane {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(4 * kWidth * kHeight + 32);
  const std::uint8_t* at(int x, int y) const { return &bytes[4 * (y * kWidth + x)]; }
};

Plane noise(unsigned seed) {
  std::mt19937 random(seed);
  Plane plane;
  for (std::uint8_t& byte : plane.bytes) byte = std::uint8_t(random());
  return plane;
}

std::uint32_t naive_distance(const Plane& plane, int ax, int ay, int bx, int by) {
  std::uint32_t sum = 0;
  for (int dy = 0; dy < 7; ++dy) {
    for (int dx = 0; dx < 7; ++dx) {
      for (int c = 0; c < 4; ++c) {
        const int a = plane.at(ax + dx, ay + dy)[c], b = plane.at(bx + dx, by + dy)[c];
        sum += std::uint32_t(a > b ? a - b : b - a);
      }
    }
  }
  return sum;
}

TEST(PatchDistance, EqualsTheNaiveLoopOnNoise) {
  const Plane plane = noise(5);
  std::mt19937 random(6);
  for (int k = 0; k < 2000; ++k) {
    const int ax = int(random() % (kWidth - 6)), ay = int(random() % (kHeight - 6));
    const int bx = int(random() % (kWidth - 6)), by = int(random() % (kHeight - 6));
    EXPECT_EQ(PlainPatch(plane.at(ax, ay), 4 * kWidth).distance_to(plane.at(bx, by)),
              naive_distance(plane, ax, ay, bx, by));
  }
}

TEST(PatchDistance, IsZeroForAPatchAndItself) {
  const Plane plane = noise(7);
  EXPECT_EQ(PlainPatch(plane.at(3, 4), 4 * kWidth).distance_to(plane.at(3, 4)), 0u);
}

TEST(PatchDistance, ReachesItsLargestValueBetweenBlackAndWhite) {
  Plane plane;
  for (int y = 0; y < 7; ++y) std::fill_n(&plane.bytes[4 * y * kWidth], 4 * 7, 255);
  EXPECT_EQ(PlainPatch(plane.at(0, 0), 4 * kWidth).distance_to(plane.at(7, 0)), 49980u);
}

TEST(PatchDistance, SeesEachOfThe196BytesAndNoOther) {
  Plane plane;
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 9; ++x) {
      for (int c = 0; c < 4; ++c) {
        std::uint8_t& byte = plane.bytes[4 * (y * kWidth + x) + c];
        byte = 9;
        const bool is_inside = x < 7 && y < 7;
        EXPECT_EQ(PlainPatch(plane.at(0, 0), 4 * kWidth).distance_to(plane.at(20, 10)),
                  is_inside ? 9u : 0u)
            << x << ' ' << y << ' ' << c;
        byte = 0;
      }
    }
  }
}

}  // namespace
}  // namespace pawfect::texture
