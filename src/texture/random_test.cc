#include "texture/random.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

namespace pawfect::texture {
namespace {

TEST(Mix, GivesThePublishedNumbersOfSplitmix64) {
  // The first outputs of the reference generator (Vigna, splitmix64.c) for the state 0.
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ull;
  EXPECT_EQ(mix(0), 0xE220A8397B1DCDAFull);
  EXPECT_EQ(mix(kStep), 0x6E789E6AA1B965F4ull);
  EXPECT_EQ(mix(2 * kStep), 0x06C45D188009454Full);
}

TEST(Mix, IsAPureFunctionWithoutCollisions) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t k = 0; k < 20000; ++k) {
    EXPECT_EQ(mix(k), mix(k));
    seen.insert(mix(k));
  }
  EXPECT_EQ(seen.size(), 20000u);
}

TEST(Mix, OneChangedBitChangesAboutHalfOfAll) {
  for (int bit = 0; bit < 64; ++bit) {
    int changed = 0;
    for (std::uint64_t k = 1; k <= 100; ++k)
      changed += std::popcount(mix(k) ^ mix(k ^ (std::uint64_t{1} << bit)));
    EXPECT_GT(changed, 100 * 28) << bit;
    EXPECT_LT(changed, 100 * 36) << bit;
  }
}

}  // namespace
}  // namespace pawfect::texture
