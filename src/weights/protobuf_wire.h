// The wire format of protocol buffers, as far as a SentencePiece model needs it: fields are a tag
// (number * 8 + wire type) and a value: 0 = varint, 1 = 8 bytes, 2 = length and bytes, 5 = 4 bytes,
// little-endian (protobuf.dev, "Encoding"). The reader never reads past its end and goes into no
// depth by itself. Views into the bytes given; value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pawfect {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::kVarint;
  std::uint64_t value = 0;  // of a varint or a fixed field
  std::string_view bytes;   // of a bytes field
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  // The next field; empty at the end and where the bytes are broken.
  std::optional<WireField> next();

  // Whether next() stopped because of broken bytes: a cut value, a varint of over 10 bytes, field
  // number 0 or over 2^29 - 1, a group or an unknown wire type.
  bool is_broken() const { return is_broken_; }

 private:
  std::optional<std::uint64_t> take_varint();
  std::optional<std::uint64_t> take_fixed(std::size_t bytes);
  std::optional<WireField> broken();

  std::string_view rest_;
  bool is_broken_ = false;
};

// Appends one field.
void put_varint(std::string& out, std::uint32_t number, std::uint64_t value);
void put_float(std::string& out, std::uint32_t number, float value);
void put_bytes(std::string& out, std::uint32_t number, std::string_view bytes);

}  // namespace pawfect
