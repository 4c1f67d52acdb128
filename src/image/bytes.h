// Reading numbers out of file bytes and putting them there. Offsets are in bytes; every function
// that can miss says so, none reads outside the span. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace pawfect {

using ByteSpan = std::span<const std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;

enum class ByteOrder : std::uint8_t { kLittle, kBig };

// True when [at, at + count) lies inside `bytes`; no sum is formed that could wrap.
inline bool holds(ByteSpan bytes, std::size_t at, std::size_t count) {
  return at <= bytes.size() && count <= bytes.size() - at;
}

// The part [at, at + count), cut at the end of `bytes`; empty when `at` lies behind it.
inline ByteSpan part(ByteSpan bytes, std::size_t at, std::size_t count = std::dynamic_extent) {
  if (at >= bytes.size()) return {};
  return bytes.subspan(at, count < bytes.size() - at ? count : bytes.size() - at);
}

inline bool starts_with(ByteSpan bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Unsigned number of `count` (1..4) bytes at `at`; the caller has checked that they are there.
inline std::uint32_t number_at(ByteSpan bytes, std::size_t at, int count, ByteOrder order) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    const int index = order == ByteOrder::kBig ? i : count - 1 - i;
    value = (value << 8) | bytes[at + std::size_t(index)];
  }
  return value;
}

inline std::uint16_t be16(ByteSpan b, std::size_t at) {
  return std::uint16_t(number_at(b, at, 2, ByteOrder::kBig));
}
inline std::uint32_t be32(ByteSpan b, std::size_t at) {
  return number_at(b, at, 4, ByteOrder::kBig);
}
inline std::uint32_t le24(ByteSpan b, std::size_t at) {
  return number_at(b, at, 3, ByteOrder::kLittle);
}
inline std::uint32_t le32(ByteSpan b, std::size_t at) {
  return number_at(b, at, 4, ByteOrder::kLittle);
}

// Writes the low `count` bytes of `value` at `at`; the caller has checked the place.
inline void put_number(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value,
                       int count, ByteOrder order) {
  for (int i = 0; i < count; ++i) {
    const int index = order == ByteOrder::kBig ? count - 1 - i : i;
    bytes[at + std::size_t(index)] = std::uint8_t(value >> (8 * i));
  }
}

void append(ByteVector& out, ByteSpan bytes);
void append(ByteVector& out, std::string_view text);
void append_number(ByteVector& out, std::uint32_t value, int count, ByteOrder order);

}  // namespace pawfect
