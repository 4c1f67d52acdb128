#include "flux/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace pawfect {
namespace {

TEST(GaussianNoise, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(gaussian_noise(7, 1000), gaussian_noise(7, 1000));
  EXPECT_NE(gaussian_noise(7, 1000), gaussian_noise(8, 1000));
  EXPECT_NE(gaussian_noise(7, 1000), gaussian_noise(7 + (std::uint64_t{1} << 32), 1000));
}

TEST(GaussianNoise, BeginsAlikeWhateverItsLength) {
  const auto all = gaussian_noise(3, 500), some = gaussian_noise(3, 50);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
}

TEST(GaussianNoise, HasTheMomentsOfTheNormalDistribution) {
  constexpr std::size_t kCount = 1'000'000;
  double sum = 0, square = 0, fourth = 0;
  for (const float z : gaussian_noise(1, kCount)) {
    ASSERT_TRUE(std::isfinite(z));
    sum += z, square += double(z) * z, fourth += std::pow(double(z), 4);
  }
  EXPECT_NEAR(sum / kCount, 0, 5e-3);
  EXPECT_NEAR(square / kCount, 1, 1e-2);
  EXPECT_NEAR(fourth / kCount, 3, 1e-1);
}

TEST(GaussianNoise, StartsWithTorchsCudaNumbers) {
  // torch.manual_seed(0); torch.randn(8, device="cuda"), as published in torch-compatible Philox
  // generators (stable-diffusion.cpp, A1111).
  const float due[] = {-0.92466259f, -0.42534415f, -2.6438457f,  0.14518388f,
                       -0.12086647f, -0.57972564f, -0.62285122f, -0.32838709f};
  const auto noise = gaussian_noise(0, 8);
  for (int k = 0; k < 8; ++k) EXPECT_NEAR(noise[k], due[k], 1e-5) << k;
}

}  // namespace
}  // namespace pawfect
