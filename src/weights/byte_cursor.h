// Reads little-endian numbers and byte runs from a span, front to back, and never past its end.
// Every value is copied out once, so that a file that changes under the mapping cannot change a
// length between its check and its use. The span must outlive the cursor. Not thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace pawfect {

static_assert(std::endian::native == std::endian::little, "weight files are little-endian");

class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t offset() const { return offset_; }
  std::uint64_t left() const { return bytes_.size() - offset_; }

  // The next number; empty when fewer bytes are left.
  template <typename T>
    requires std::is_arithmetic_v<T>
  std::optional<T> take() {
    if (left() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }

  // The next `count` bytes; empty when fewer are left.
  std::optional<std::span<const std::byte>> take_bytes(std::uint64_t count) {
    if (left() < count) return std::nullopt;
    const auto run = bytes_.subspan(offset_, count);
    offset_ += count;
    return run;
  }

  // The bytes between an earlier offset() and now.
  std::span<const std::byte> taken_since(std::uint64_t begin) const {
    return bytes_.subspan(begin, offset_ - begin);
  }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t offset_ = 0;
};

}  // namespace pawfect
