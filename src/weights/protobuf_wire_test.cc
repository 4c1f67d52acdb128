#include "weights/protobuf_wire.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <string_view>

namespace pawfect {
namespace {

using namespace std::string_literals;

TEST(ProtobufWire, ReadsWhatItWrites) {
  std::string bytes;
  put_varint(bytes, 1, 300);
  put_varint(bytes, 2, ~std::uint64_t{0});
  put_float(bytes, 3, -1.5f);
  put_bytes(bytes, 40, "grass");
  put_bytes(bytes, 5, "");

  WireReader reader(bytes);
  auto field = reader.next();
  EXPECT_EQ(field->number, 1u);
  EXPECT_EQ(field->value, 300u);
  EXPECT_EQ(reader.next()->value, ~std::uint64_t{0});
  field = reader.next();
  EXPECT_EQ(field->type, WireType::kFixed32);
  EXPECT_EQ(std::bit_cast<float>(std::uint32_t(field->value)), -1.5f);
  field = reader.next();
  EXPECT_EQ(field->number, 40u);
  EXPECT_EQ(field->bytes, "grass");
  EXPECT_EQ(reader.next()->bytes, "");
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.is_broken());
}

// The example of the format's documentation: field 1 = 150.
TEST(ProtobufWire, WritesAsTheFormatSays) {
  std::string bytes;
  put_varint(bytes, 1, 150);
  EXPECT_EQ(bytes, "\x08\x96\x01");
  put_bytes(bytes, 2, "testing");
  EXPECT_EQ(bytes.substr(3), "\x12\x07testing");
}

TEST(ProtobufWire, StopsAtBrokenBytes) {
  const std::string cases[] = {
      "\x08"s,                                              // no value
      "\x08\x96"s,                                          // cut varint
      "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,  // varint of 11 bytes
      "\x12\x05"
      "ab"s,                                            // longer than what is left
      "\x12\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,  // length 2^64 - 1
      "\x15"
      "abc"s,  // cut 4 bytes
      "\x11"
      "abcdefg"s,  // cut 8 bytes
      "\x0B"s,
      "\x0C"s,
      "\x0E\x01"s,
      "\x0F\x01"s,                      // groups, unknown types
      "\x00\x01"s,                      // field number 0
      "\xF8\xFF\xFF\xFF\xFF\x01\x01"s,  // field number over 2^29 - 1
  };
  for (const std::string& bytes : cases) {
    WireReader reader(bytes);
    EXPECT_FALSE(reader.next()) << ::testing::PrintToString(bytes);
    EXPECT_TRUE(reader.is_broken()) << ::testing::PrintToString(bytes);
    EXPECT_FALSE(reader.next());
  }
}

}  // namespace
}  // namespace pawfect
