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
  std::vector<int> bucket_of(2 * n);  // of relative + length
  for (int relative = -length; relative < length; ++relative)
    bucket_of[std::size_t(relative + length)] = t5_bucket(relative, buckets);
  std::vector<float> bias(n * n * std::size_t(heads));
  float* out = bias.data();
  for (int head = 0; head < heads; ++head) {
    for (int query = 0; query < length; ++query) {
      for (int key = 0; key < length; ++key) {
        const int bucket = bucket_of[std::size_t(key - query + length)];
        *out++ = table[std::size_t(bucket) * heads + head];
      }
    }
  }
  return bias;
}

}  // namespace pawfect
