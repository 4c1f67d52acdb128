#include "flux/noise.h"

#include <array>
#include <cmath>
#include <numbers>

namespace pawfect {
namespace {

using Counter = std::array<std::uint32_t, 4>;

Counter philox(Counter counter, std::uint64_t seed) {
  constexpr std::uint32_t kMultiplyA = 0xD2511F53, kMultiplyB = 0xCD9E8D57;
  constexpr std::uint32_t kWeylA = 0x9E3779B9, kWeylB = 0xBB67AE85;
  auto key_a = std::uint32_t(seed), key_b = std::uint32_t(seed >> 32);
  for (int round = 0; round < 10; ++round, key_a += kWeylA, key_b += kWeylB) {
    const std::uint64_t a = std::uint64_t{kMultiplyA} * counter[0];
    const std::uint64_t b = std::uint64_t{kMultiplyB} * counter[2];
    counter = {std::uint32_t(b >> 32) ^ counter[1] ^ key_a, std::uint32_t(b),
               std::uint32_t(a >> 32) ^ counter[3] ^ key_b, std::uint32_t(a)};
  }
  return counter;
}

}  // namespace

std::vector<float> gaussian_noise(std::uint64_t seed, std::size_t count) {
  constexpr double kToUnit = 1.0 / 4294967296.0;  // 2^-32
  std::vector<float> noise(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Counter random =
        philox({0, 0, std::uint32_t(i), std::uint32_t(std::uint64_t{i} >> 32)}, seed);
    const double u = (random[0] + 0.5) * kToUnit;  // never 0
    const double angle = (random[1] + 0.5) * kToUnit * 2 * std::numbers::pi;
    noise[i] = float(std::sqrt(-2 * std::log(u)) * std::sin(angle));
  }
  return noise;
}

}  // namespace pawfect
