#include "base/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/sha256_rounds.h"

namespace pawfect {

std::string hex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

void compress_plain(std::array<std::uint32_t, 8>& state, const std::byte* blocks,
                    std::size_t count) {
  for (; count > 0; --count, blocks += 64) {
    std::array<std::uint32_t, 64> w;
    for (std::size_t t = 0; t < 16; ++t) {
      w[t] = 0;
      for (std::size_t k = 0; k < 4; ++k)
        w[t] = w[t] << 8 | std::to_integer<std::uint32_t>(blocks[4 * t + k]);
    }
    for (std::size_t t = 16; t < 64; ++t) {
      const std::uint32_t a = w[t - 15], b = w[t - 2];
      w[t] = w[t - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + w[t - 7] +
             (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t t = 0; t < 64; ++t) {
      const std::uint32_t one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                ((e & f) ^ (~e & g)) + kSha256Constants[t] + w[t];
      const std::uint32_t two =
          (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + one;
      d = c, c = b, b = a, a = one + two;
    }
    const std::array<std::uint32_t, 8> out = {a, b, c, d, e, f, g, h};
    for (std::size_t k = 0; k < 8; ++k) state[k] += out[k];
  }
}

// FIPS 180-4, 5.3.3.
Sha256::Sha256(Code code)
    : compress_(code == Code::kFastest && has_sha_instructions() ? compress_with_instructions
                                                                 : compress_plain),
      state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {}

void Sha256::add(std::span<const std::byte> bytes) {
  const std::size_t held = total_ % rest_.size();
  total_ += bytes.size();
  if (held > 0) {
    const std::size_t taken = std::min(bytes.size(), rest_.size() - held);
    std::copy_n(bytes.begin(), taken, rest_.begin() + std::ptrdiff_t(held));
    bytes = bytes.subspan(taken);
    if (held + taken < rest_.size()) return;
    compress_(state_, rest_.data(), 1);
  }
  const std::size_t blocks = bytes.size() / rest_.size();
  compress_(state_, bytes.data(), blocks);
  std::ranges::copy(bytes.subspan(blocks * rest_.size()), rest_.begin());
}

// One bit, zeros up to 8 bytes before a block's end, the length in bits (FIPS 180-4, 5.1.1).
Digest Sha256::finish() {
  const std::uint64_t bits = total_ * 8;
  std::array<std::byte, 72> padding{};
  padding[0] = std::byte{0x80};
  const std::size_t held = total_ % rest_.size();
  const std::size_t zeros_end = held < 56 ? 56 - held : 120 - held;
  for (std::size_t k = 0; k < 8; ++k) padding[zeros_end + k] = std::byte(bits >> (56 - 8 * k));
  add(std::span(padding).first(zeros_end + 8));
  Digest digest;
  for (std::size_t k = 0; k < digest.size(); ++k)
    digest[k] = std::uint8_t(state_[k / 4] >> (24 - 8 * (k % 4)));
  return digest;
}

Digest sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

}  // namespace pawfect
