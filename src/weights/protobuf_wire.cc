#include "weights/protobuf_wire.h"

#include <bit>
#include <cstddef>

namespace pawfect {
namespace {

void put_raw_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += char(0x80 | (value & 0x7F));
    value >>= 7;
  }
  out += char(value);
}

void put_tag(std::string& out, std::uint32_t number, WireType type) {
  put_raw_varint(out, std::uint64_t{number} << 3 | std::uint64_t(type));
}

}  // namespace

std::optional<WireField> WireReader::broken() {
  is_broken_ = true;
  rest_ = {};
  return std::nullopt;
}

std::optional<std::uint64_t> WireReader::take_varint() {
  constexpr std::size_t kLongest = 10;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kLongest && i < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    value |= std::uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> WireReader::take_fixed(std::size_t bytes) {
  if (rest_.size() < bytes) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
  }
  rest_.remove_prefix(bytes);
  return value;
}

std::optional<WireField> WireReader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto tag = take_varint();
  if (!tag) return broken();
  constexpr std::uint64_t kLastNumber = (1u << 29) - 1;
  const std::uint64_t number = *tag >> 3;
  if (number == 0 || number > kLastNumber) return broken();

  WireField field{std::uint32_t(number), WireType(*tag & 7), 0, {}};
  std::optional<std::uint64_t> value;
  switch (field.type) {
    case WireType::kVarint:
    case WireType::kBytes:
      value = take_varint();
      break;
    case WireType::kFixed64:
      value = take_fixed(8);
      break;
    case WireType::kFixed32:
      value = take_fixed(4);
      break;
    default:
      break;
  }
  if (!value) return broken();
  if (field.type != WireType::kBytes) {
    field.value = *value;
    return field;
  }
  if (*value > rest_.size()) return broken();
  field.bytes = rest_.substr(0, std::size_t(*value));
  rest_.remove_prefix(std::size_t(*value));
  return field;
}

void put_varint(std::string& out, std::uint32_t number, std::uint64_t value) {
  put_tag(out, number, WireType::kVarint);
  put_raw_varint(out, value);
}

void put_float(std::string& out, std::uint32_t number, float value) {
  put_tag(out, number, WireType::kFixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) out += char(bits >> shift & 0xFF);
}

void put_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  put_tag(out, number, WireType::kBytes);
  put_raw_varint(out, bytes.size());
  out += bytes;
}

}  // namespace pawfect
