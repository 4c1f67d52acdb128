// SHA-256 (FIPS 180-4), for knowing files and cache entries again. Own code, so that the rooms of
// the models need no further library; with the processor's instructions for it where it has them.
// Value type, not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pawfect {

using Digest = std::array<std::uint8_t, 32>;

// 64 lower-case hexadecimal digits.
std::string hex(const Digest& digest);

class Sha256 {
 public:
  enum class Code : std::uint8_t { kFastest, kPlain };

  // kPlain takes no special instructions: the twin that the fast one is tested against.
  explicit Sha256(Code code = Code::kFastest);

  void add(std::span<const std::byte> bytes);

  // The digest of all that was added; nothing may be added after it.
  Digest finish();

 private:
  using Compress = void (*)(std::array<std::uint32_t, 8>& state, const std::byte* blocks,
                            std::size_t count);

  Compress compress_;
  std::array<std::uint32_t, 8> state_;
  std::array<std::byte, 64> rest_{};  // bytes that do not fill a block yet
  std::uint64_t total_ = 0;           // bytes added
};

Digest sha256(std::span<const std::byte> bytes);

}  // namespace pawfect
