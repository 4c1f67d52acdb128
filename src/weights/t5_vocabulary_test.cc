#include "weights/t5_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "weights/protobuf_wire.h"
#include "weights/test_tokens.h"

namespace pawfect {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::string_literals;

const T5Vocabulary& good() {
  static const auto vocabulary =
      read_spiece(testing::read_all(testing::token_data("spiece.model")), "the.file");
  EXPECT_TRUE(vocabulary);
  return *vocabulary;
}

template <typename T>
std::string message(const Result<T>& result) {
  if (result) return "";
  EXPECT_EQ(result.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(result.error().message, AllOf(StartsWith("the.file: "), Not(HasSubstr("\n"))));
  return result.error().message;
}

// The refusal of the good vocabulary after a change.
template <typename Change>
std::string refusal(Change change) {
  T5Vocabulary vocabulary = good();
  change(vocabulary);
  return message(check_vocabulary(vocabulary));
}

TEST(T5Vocabulary, FindsTheSpecialIdsByTypeAndName) {
  const auto special = check_vocabulary(good());
  ASSERT_TRUE(special) << special.error().message;
  EXPECT_EQ(special->pad, 0);
  EXPECT_EQ(special->eos, 1);
  EXPECT_EQ(special->unknown, 2);
}

TEST(T5Vocabulary, RefusesListsOfDifferentLengths) {
  EXPECT_THAT(refusal([](auto& v) { v.scores.pop_back(); }),
              HasSubstr("300 tokens but 299 scores and 300 types"));
  EXPECT_THAT(refusal([](auto& v) { v.types.push_back(1); }), HasSubstr("301 types"));
  EXPECT_THAT(refusal([](auto& v) { v.tokens.clear(); }), HasSubstr("has 0 tokens"));
  EXPECT_THAT(refusal([](auto& v) { v.tokens.resize(524289); }), HasSubstr("1 to 524288"));
}

TEST(T5Vocabulary, NamesTheTokenThatIsWrong) {
  EXPECT_THAT(refusal([](auto& v) { v.tokens[7] = ""; }), HasSubstr("token 7 (\"\") is empty"));
  EXPECT_THAT(refusal([](auto& v) { v.tokens[7] = v.tokens[4]; }), HasSubstr("token 7"));
  EXPECT_THAT(refusal([](auto& v) { v.tokens[7] = "a\0b"s; }), HasSubstr("NUL"));
  EXPECT_THAT(refusal([](auto& v) { v.tokens[7] = "\xC3"; }), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal([](auto& v) { v.tokens[7].assign(1025, 'a'); }), HasSubstr("1 KiB"));
  EXPECT_EQ(refusal([](auto& v) { v.tokens[7].assign(1024, 'a'); }), "");
}

TEST(T5Vocabulary, RefusesScoresThatAreNoNumbersAndUnknownTypes) {
  using Limits = std::numeric_limits<float>;
  for (const float score : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
    EXPECT_THAT(refusal([&](auto& v) { v.scores[9] = score; }), HasSubstr("token 9"));
  }
  for (const int type : {0, 7, -1, 1 << 30}) {
    EXPECT_THAT(refusal([&](auto& v) { v.types[9] = type; }), HasSubstr("unknown type"));
  }
  EXPECT_THAT(refusal([](auto& v) { v.types[9] = 6; }), HasSubstr("byte piece"));
}

TEST(T5Vocabulary, WantsExactlyOneUnknownToken) {
  EXPECT_THAT(refusal([](auto& v) { v.types[2] = 3; }), HasSubstr("no token"));
  EXPECT_THAT(refusal([](auto& v) { v.types[9] = 2; }), HasSubstr("tokens 2 and 9"));
  EXPECT_THAT(refusal([](auto& v) { v.unknown_id = 3; }), HasSubstr("unknown token is 3"));
  EXPECT_EQ(refusal([](auto& v) { v.unknown_id = 2; }), "");
}

TEST(T5Vocabulary, WantsSpecialIdsInRangeAndOfTheRightType) {
  EXPECT_THAT(refusal([](auto& v) { v.eos_id = 300; }), HasSubstr("0 to 299"));
  EXPECT_THAT(refusal([](auto& v) { v.pad_id = -1; }), HasSubstr("0 to 299"));
  EXPECT_THAT(refusal([](auto& v) { v.eos_id = 5; }), HasSubstr("of type 1"));
  EXPECT_THAT(refusal([](auto& v) { v.tokens[1] = "</t>"; }), HasSubstr("no token \"</s>\""));
  EXPECT_THAT(refusal([](auto& v) { v.tokens[0] = "<p>"; }), HasSubstr("no token \"<pad>\""));
}

TEST(T5Vocabulary, WantsAnIntactNormalisationTable) {
  EXPECT_THAT(refusal([](auto& v) { v.precompiled_charsmap.clear(); }), HasSubstr("has no norm"));
  EXPECT_THAT(refusal([](auto& v) { v.precompiled_charsmap.resize(1000); }), HasSubstr("damaged"));
}

TEST(Spiece, ReadsWhatItWrites) {
  const auto special = check_vocabulary(good());
  ASSERT_TRUE(special);
  const auto again = read_spiece(spiece_bytes(good(), *special), "again");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->tokens, good().tokens);
  EXPECT_EQ(again->scores, good().scores);
  EXPECT_EQ(again->types, good().types);
  EXPECT_EQ(again->precompiled_charsmap, good().precompiled_charsmap);
  EXPECT_EQ(again->add_space_prefix, good().add_space_prefix);
  EXPECT_EQ(again->remove_extra_whitespaces, good().remove_extra_whitespaces);
}

// A model of one piece with one more field in one of its parts.
std::string model_with(std::uint32_t part, std::uint32_t number, std::uint64_t value) {
  std::string piece;
  put_bytes(piece, 1, "a");
  std::string settings;
  put_varint(settings, number, value);
  std::string out;
  put_bytes(out, 1, piece);
  put_bytes(out, part, settings);
  return out;
}

TEST(Spiece, RefusesModelsThatWorkInAnotherWay) {
  for (const std::uint64_t type : {0, 2, 3, 4, 99}) {
    EXPECT_THAT(message(read_spiece(model_with(2, 3, type), "the.file")),
                HasSubstr("where 1 (unigram) is due"));
  }
  EXPECT_EQ(message(read_spiece(model_with(2, 3, 1), "the.file")), "");
  EXPECT_THAT(message(read_spiece(model_with(2, 24, 1), "the.file")), HasSubstr("behind words"));
  EXPECT_THAT(message(read_spiece(model_with(2, 35, 1), "the.file")), HasSubstr("to bytes"));
  EXPECT_THAT(message(read_spiece(model_with(3, 5, 0), "the.file")), HasSubstr("leaves spaces"));
}

TEST(Spiece, RefusesWhatIsNoModel) {
  for (const std::string& bytes : {""s, "\x7F"s, "<html>"s, "version https://git-lfs"s}) {
    EXPECT_NE(message(read_spiece(bytes, "the.file")), "") << bytes;
  }
  const auto special = check_vocabulary(good());
  const std::string bytes = spiece_bytes(good(), *special);
  EXPECT_NE(message(read_spiece(bytes.substr(0, bytes.size() / 2), "the.file")), "");
}

}  // namespace
}  // namespace pawfect
