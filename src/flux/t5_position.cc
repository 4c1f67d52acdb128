#include "flux/t5_position.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace pawfect {
namespace {

constexpr int kFar = 128;  // the same in every T5

}  // namespace

int t5_bucket(int relative, int buckets) {
  const int half = buckets / 2, near = half / 2;
  const int distance = std::abs(relative);
  const int side = relative > 0 ? half : 0;
  if (distance < near) return side + distance;
  // In double: powers of two lie on borders between buckets, and the exact value is wanted there.
  const double share =
      std::log(double(distance) / near) / std::log(double(kFar) / near) * (half - near);
  return side + std::min(half - 1, near + int(share));
}

std::vector<float> t5_position_bias(std::span<const float> table, int heads, int buckets,
                                    int length) {
  const std::size_t n = std::size_t(length);
  std::vector<std::size_t> bucket_of;  // of relative = 1 - length and up
  for (int relative = 1 - length; relative < length; ++relative)
    bucket_of.push_back(std::size_t(t5_bucket(relative, buckets)));
  std::vector<float> bias(n * n * std::size_t(heads));
  float* out = bias.data();
  for (std::size_t head = 0; head < std::size_t(heads); ++head) {
    for (std::size_t query = 0; query < n; ++query) {
      for (std::size_t key = 0; key < n; ++key)
        *out++ = table[bucket_of[key + n - 1 - query] * std::size_t(heads) + head];
    }
  }
  return bias;
}

}  // namespace pawfect
