#include "weights/bpe_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace pawfect {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The message of the refusal, checked to be one line that names the file; "" when nothing is
// refused.
template <typename T>
std::string refusal(const Result<T>& result) {
  if (result) return "";
  EXPECT_EQ(result.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(result.error().message, AllOf(StartsWith("the.file: "), Not(HasSubstr("\n"))));
  return result.error().message;
}

std::string vocabulary_refusal(std::string_view json) {
  return refusal(parse_vocabulary(json, "the.file"));
}

TEST(ParseVocabulary, ReadsPiecesAndIds) {
  const auto ids = parse_vocabulary(R"({"a": 1, "\u0120b": 0, "</w>": 2})", "the.file");
  ASSERT_TRUE(ids) << ids.error().message;
  EXPECT_EQ(find_piece(*ids,
                       "\xC4\xA0"
                       "b"),
            0);
  EXPECT_EQ(find_piece(*ids, "a"), 1);
  EXPECT_EQ(find_piece(*ids, "c"), std::nullopt);
}

TEST(ParseVocabulary, RefusesAnythingButOneFlatObject) {
  for (const std::string json : {"", "[1]", "1", "\"a\"", "null", "[{\"a\": 0}]"}) {
    EXPECT_NE(vocabulary_refusal(json), "") << json;
  }
  EXPECT_THAT(vocabulary_refusal(R"({"a": {"b": 0}})"), HasSubstr("within"));
  EXPECT_THAT(vocabulary_refusal(R"({"a": 0)"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(vocabulary_refusal(R"({"a": 0} x)"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(vocabulary_refusal("{\"\xFF\": 0}"), HasSubstr("not JSON"));
}

TEST(ParseVocabulary, SurvivesDepth) {
  std::string json;
  for (int i = 0; i < 1'000'000; ++i) json += "{\"a\":";
  EXPECT_NE(vocabulary_refusal(json), "");
  EXPECT_NE(vocabulary_refusal(std::string(1'000'000, '[')), "");
}

TEST(ParseVocabulary, RefusesValuesThatAreNoIds) {
  for (const std::string value : {"-1", "0.5", "true", "null", "\"0\"", "[0]", "1e3", "2147483648",
                                  "99999999999999999999999"}) {
    EXPECT_THAT(vocabulary_refusal(R"({"a": )" + value + "}"), HasSubstr("\"a\"")) << value;
  }
}

TEST(ParseVocabulary, RefusesRepeatedEmptyAndMissing) {
  EXPECT_THAT(vocabulary_refusal(R"({"a": 0, "a": 1})"), HasSubstr("twice"));
  EXPECT_THAT(vocabulary_refusal(R"({"": 0})"), HasSubstr("empty piece"));
  EXPECT_THAT(vocabulary_refusal(R"({"a": 0, "b": 0})"), HasSubstr("id 0 where 2 pieces"));
  EXPECT_THAT(vocabulary_refusal(R"({"a": 0, "b": 2})"), HasSubstr("id 2 where 2 pieces"));
}

TEST(ParseMerges, ReadsLinesWithAndWithoutAHead) {
  const auto merges = parse_merges("#version: 0.2\na b\r\nab c</w>\n\n", "the.file");
  ASSERT_TRUE(merges) << merges.error().message;
  ASSERT_EQ(merges->size(), 2u);
  EXPECT_EQ((*merges)[1].left, "ab");
  EXPECT_EQ((*merges)[1].right, "c</w>");
  EXPECT_EQ((*merges)[1].line, 3u);
  EXPECT_EQ(parse_merges("a b\nab c", "the.file")->size(), 2u);
  EXPECT_EQ(parse_merges("a b\nab c\nd e", "the.file", 2)->size(), 2u);
  EXPECT_EQ(parse_merges("", "the.file")->size(), 0u);
}

TEST(ParseMerges, TakesANumberSignForAPieceAfterTheHead) {
  const auto merges = parse_merges("#version: 0.2\n# #\n", "the.file");
  ASSERT_TRUE(merges);
  EXPECT_EQ(merges->size(), 1u);
}

TEST(ParseMerges, RefusesLinesThatAreNoPair) {
  for (const std::string line : {"a", "a b c", " a", "a ", " ", "a  b"}) {
    EXPECT_THAT(refusal(parse_merges("a b\n" + line + "\nc d", "the.file")), HasSubstr("line 2"))
        << line;
  }
  EXPECT_THAT(refusal(parse_merges("a b\n\nc d", "the.file")), HasSubstr("line 2"));
}

std::string rule_refusal(std::string_view merges) {
  const PieceIds ids = {{"a", 0}, {"b", 1}, {"ab", 2}};
  return refusal(merge_rules(*parse_merges(merges, "the.file"), ids, "the.file"));
}

TEST(MergeRules, NamesTheLineAndThePieceThatTheVocabularyLacks) {
  EXPECT_EQ(rule_refusal("a b"), "");
  EXPECT_THAT(rule_refusal("a b\nab c"), AllOf(HasSubstr("line 2"), HasSubstr("\"c\"")));
  EXPECT_THAT(rule_refusal("x b"), HasSubstr("\"x\""));
  EXPECT_THAT(rule_refusal("b a"), HasSubstr("\"ba\""));
  EXPECT_THAT(rule_refusal("a \x1B[31m"), Not(HasSubstr("\x1B")));
}

TEST(MergeRules, RefusesAMergeThatStandsTwice) {
  EXPECT_THAT(rule_refusal("a b\na b"), HasSubstr("line 2"));
}

}  // namespace
}  // namespace pawfect
