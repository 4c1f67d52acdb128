#include "texture/four.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

namespace pawfect::texture {
namespace {

TEST(Four, WidensAndComparesBytesAsThePlainLoopsDo) {
  std::mt19937 random(121);
  for (int k = 0; k < 2000; ++k) {
    std::array<std::uint8_t, 4> a{}, b{};
    for (std::uint8_t& byte : a) byte = k < 20 ? 255 : std::uint8_t(random());
    for (std::uint8_t& byte : b) byte = k < 10 ? 0 : std::uint8_t(random());
    std::array<float, 4> wide{};
    store_four(wide.data(), load_four_bytes(a.data()));
    int difference = 0;
    for (int c = 0; c < 4; ++c) {
      EXPECT_EQ(wide[c], float(a[c]));
      difference += std::abs(int(a[c]) - int(b[c]));
    }
    EXPECT_EQ(difference_of_four_bytes(a.data(), b.data()), difference);
  }
}

}  // namespace
}  // namespace pawfect::texture
