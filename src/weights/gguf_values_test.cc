// Metadata of GGUF files, good and hostile, from the bytes to the getters.

#include "weights/gguf_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "weights/gguf_reader.h"
#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

std::string file_with(std::vector<std::string> pairs) {
  GgufParts parts;
  parts.pairs = std::move(pairs);
  return gguf_file(parts);
}

std::string refusal(std::vector<std::string> pairs, const WeightLimits& limits = {}) {
  const std::string file = file_with(std::move(pairs));
  const auto contents = read_gguf(bytes_of(file), "model.gguf", limits);
  if (contents) return "(taken)";
  EXPECT_THAT(contents.error().message, StartsWith("model.gguf: "));
  EXPECT_EQ(contents.error().message.find('\n'), std::string::npos);
  return contents.error().message;
}

template <typename T>
std::string message(const Result<T>& result) {
  return result ? "(a value)" : result.error().message;
}

class Getters : public ::testing::Test {
 protected:
  void SetUp() override {
    auto contents = read_gguf(bytes_of(file_), "model.gguf", {});
    ASSERT_TRUE(contents) << contents.error().message;
    metadata_ = contents->metadata;
  }

  std::string file_ = file_with(
      {gguf_pair("u8", 0, "\xC8"), gguf_pair("i8", 1, "\x9C"),
       gguf_pair("i64", 11, u64(std::uint64_t{1} << 63)), gguf_pair("u64", 10, u64(kHuge)),
       gguf_pair("f32", 6, little_endian(0.5F)), gguf_pair("f64", 12, little_endian(0.25)),
       gguf_pair("yes", 7, "\x01"), gguf_pair("text", 8, gguf_text("grass")),
       gguf_pair("tokens", 9, u32(8) + u64(3) + gguf_text("a") + gguf_text("") + gguf_text("\xFF")),
       gguf_pair("scores", 9, u32(6) + u64(2) + little_endian(1.0F) + little_endian(-2.0F)),
       gguf_pair("kinds", 9, u32(5) + u64(2) + u32(7) + u32(0xFFFFFFFF)),
       gguf_pair("map", 9, u32(0) + u64(2) + "\x01\xFF"), gguf_pair("none", 9, u32(8) + u64(0))});
  Metadata metadata_;
};

TEST_F(Getters, GiveWhatStandsInTheFile) {
  EXPECT_EQ(metadata_.integer("u8"), 200);
  EXPECT_EQ(metadata_.integer("i8"), -100);
  EXPECT_EQ(metadata_.integer("i64"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(metadata_.number("f32"), 0.5);
  EXPECT_EQ(metadata_.number("f64"), 0.25);
  EXPECT_EQ(metadata_.number("u8"), 200.0);
  EXPECT_EQ(metadata_.flag("yes"), true);
  EXPECT_EQ(metadata_.text("text"), "grass");
  EXPECT_THAT(metadata_.texts("tokens").value(), ElementsAre("a", "", "\xFF"));
  EXPECT_THAT(metadata_.numbers("scores").value(), ElementsAre(1.0, -2.0));
  EXPECT_THAT(metadata_.integers("kinds").value(), ElementsAre(7, -1));
  EXPECT_THAT(metadata_.bytes("map").value(), ElementsAre(std::byte{1}, std::byte{255}));
  EXPECT_THAT(metadata_.texts("none").value(), ElementsAre());
}

TEST_F(Getters, SayWhatIsMissing) {
  EXPECT_EQ(message(metadata_.text("other")),
            "model.gguf: metadata 'other' is missing; use a file that was converted with it");
  EXPECT_FALSE(metadata_.has("other"));
}

TEST_F(Getters, RefuseEveryOtherTypeInsteadOfCasting) {
  EXPECT_THAT(message(metadata_.text("u8")), HasSubstr("is a whole number where a string is due"));
  EXPECT_THAT(message(metadata_.text("tokens")),
              HasSubstr("is an array of strings where a string"));
  EXPECT_THAT(message(metadata_.integer("f32")), HasSubstr("is a floating-point number where"));
  EXPECT_THAT(message(metadata_.integer("u64")), HasSubstr("over what fits in 63 bits"));
  EXPECT_THAT(message(metadata_.integer("kinds")), HasSubstr("an array of 32-bit whole numbers"));
  EXPECT_THAT(message(metadata_.flag("u8")), HasSubstr("where a true/false value is due"));
  EXPECT_THAT(message(metadata_.number("text")), HasSubstr("is a string where a number is due"));
  EXPECT_THAT(message(metadata_.texts("text")), HasSubstr("where an array of strings is due"));
  EXPECT_THAT(message(metadata_.texts("scores")), HasSubstr("is an array of 32-bit floats where"));
  EXPECT_THAT(message(metadata_.integers("scores")), HasSubstr("array of whole numbers is due"));
  EXPECT_THAT(message(metadata_.numbers("kinds")), HasSubstr("floating-point numbers is due"));
  EXPECT_THAT(message(metadata_.bytes("kinds")), HasSubstr("array of 8-bit whole numbers is due"));
}

TEST_F(Getters, LiveWhenTheFileChangesUnderThem) {
  const std::size_t place = file_.find("tokens") + 6 + 4 + 4 + 8;  // the first token's length
  file_.replace(place, 8, u64(kHuge));
  EXPECT_THAT(message(metadata_.texts("tokens")), HasSubstr("changed while the file was in use"));
}

TEST(ReadGgufPairs, RefusesAKeyTwice) {
  EXPECT_THAT(refusal({gguf_pair("a", 0, "1"), gguf_pair("a", 0, "2")}),
              HasSubstr("metadata 'a' stands in the file twice"));
}

TEST(ReadGgufPairs, RefusesKeysThatAreEmptyOrTooLong) {
  EXPECT_THAT(refusal({gguf_pair("", 0, "1")}), HasSubstr("a metadata key is empty"));
  EXPECT_THAT(refusal({gguf_pair(std::string(4097, 'k'), 0, "1")}),
              HasSubstr("a metadata key has 4097 bytes where at most 4096 are allowed"));
  EXPECT_EQ(refusal({gguf_pair(std::string(4096, 'k'), 0, "1")}), "(taken)");
  EXPECT_THAT(refusal({u64(kHuge) + std::string(32, 'x')}), HasSubstr("at most 4096 are allowed"));
}

TEST(ReadGgufPairs, RefusesStringsOverTheirLimitBeforeReadingThem) {
  constexpr std::uint64_t kOver = 16 * 1024 * 1024 + 1;
  EXPECT_THAT(refusal({gguf_pair("a", 8, u64(kOver))}), HasSubstr("at most 16777216 are allowed"));
  EXPECT_THAT(refusal({gguf_pair("a", 8, u64(kHuge))}), HasSubstr("at most 16777216 are allowed"));
  EXPECT_THAT(refusal({gguf_pair("a", 9, u32(8) + u64(1) + u64(kOver))}),
              HasSubstr("metadata 'a' holds a string of 16777217 bytes"));
  EXPECT_THAT(refusal({gguf_pair("a", 8, u64(kOver - 1))}), HasSubstr("ends inside metadata 'a'"));
}

TEST(ReadGgufPairs, RefusesArraysThatTheFileDoesNotHold) {
  EXPECT_THAT(refusal({gguf_pair("a", 9, u32(10) + u64(kHuge))}),
              HasSubstr("elements where at most 16777216 are allowed"));
  EXPECT_THAT(refusal({gguf_pair("a", 9, u32(10) + u64(1000))}),
              HasSubstr("ends inside metadata 'a'"));
  EXPECT_THAT(refusal({gguf_pair("a", 9, u32(8) + u64(1'000'000))}),
              HasSubstr("ends inside metadata 'a'"));
}

TEST(ReadGgufPairs, RefusesTypesItDoesNotKnowAndArraysOfArrays) {
  EXPECT_THAT(refusal({gguf_pair("a", 13, "1")}), HasSubstr("has the unknown type 13"));
  EXPECT_THAT(refusal({gguf_pair("a", 0xFFFFFFFF, "1")}), HasSubstr("unknown type 4294967295"));
  EXPECT_THAT(refusal({gguf_pair("a", 9, u32(13) + u64(0))}),
              HasSubstr("is an array of the unknown type 13"));
  EXPECT_THAT(refusal({gguf_pair("a", 9, u32(9) + u64(1) + u32(0) + u64(0))}),
              HasSubstr("is an array of arrays"));
}

TEST(ReadGgufPairs, RefusesTrueFalseValuesThatAreNeither) {
  EXPECT_THAT(refusal({gguf_pair("a", 7, "\x02")}), HasSubstr("value of 2 where 0 or 1 is due"));
  EXPECT_THAT(refusal({gguf_pair("a", 9, u32(7) + u64(2) + "\x01\x07")}),
              HasSubstr("neither 0 nor 1"));
}

TEST(ReadGgufPairs, ShowsAHostileKeyWithoutItsControlCharacters) {
  EXPECT_THAT(refusal({gguf_pair("a\x1B[2J\n", 13, "")}), HasSubstr("metadata 'a?[2J?'"));
}

TEST(ReadGgufPairs, KeepsTheLimitsItIsGiven) {
  WeightLimits limits;
  limits.max_array_elements = 2;
  const std::string pair = gguf_pair("a", 9, u32(0) + u64(3) + "123");
  EXPECT_THAT(refusal({pair}, limits), HasSubstr("3 elements where at most 2 are allowed"));
  EXPECT_EQ(refusal({pair}), "(taken)");
}

}  // namespace
}  // namespace pawfect
