#include "weights/t5_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "weights/t5_vocabulary_gguf.h"
#include "weights/tensor_file.h"
#include "weights/test_tokens.h"

namespace pawfect {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_all;
using testing::TestFolder;
using testing::token_data;
using testing::token_rows;
using testing::TokenRow;
using Ids = std::vector<std::int32_t>;

const T5Tokenizer& from_file() {
  static const auto tokenizer = T5Tokenizer::from_spiece(token_data("spiece.model"));
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return *tokenizer;
}

T5Vocabulary spiece_vocabulary() {
  return *read_spiece(read_all(token_data("spiece.model")), "the.file");
}

void expect_rows(const T5Tokenizer& tokenizer) {
  const std::vector<TokenRow> rows = token_rows("tokens_t5.json");
  ASSERT_EQ(rows.size(), 63u);
  for (const TokenRow& row : rows) {
    Ids padded = row.ids;
    padded.resize(512, 0);
    const auto out = tokenizer.encode(row.text, 512);
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(out->ids, padded) << row.text;
    EXPECT_FALSE(out->truncated) << row.text;

    // Cut to seven, </s> last.
    Ids cut = row.ids;
    if (cut.size() > 7) {
      cut.resize(6);
      cut.push_back(1);
    }
    cut.resize(7, 0);
    EXPECT_EQ(tokenizer.encode(row.text, 7)->ids, cut) << row.text;
    EXPECT_EQ(tokenizer.encode(row.text, 7)->truncated, row.ids.size() > 7) << row.text;
  }
}

TEST(T5Tokenizer, GivesTheReferencesIdsFromASpieceModel) { expect_rows(from_file()); }

TEST(T5Tokenizer, GivesTheReferencesIdsFromTheVocabularyInAGguf) {
  const auto file = TensorFile::open(token_data("t5-vocabulary.gguf"));
  ASSERT_TRUE(file) << file.error().message;
  const auto vocabulary = t5_vocabulary(file->metadata(), "the.gguf");
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_GT(vocabulary->tokens.size(), 300u);  // as many as the embedding has rows
  EXPECT_EQ(vocabulary->eos_id, 1);
  EXPECT_EQ(vocabulary->pad_id, 0);
  EXPECT_EQ(vocabulary->unknown_id, 2);
  const auto tokenizer = T5Tokenizer::from_vocabulary(*vocabulary);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  expect_rows(*tokenizer);
}

TEST(T5Tokenizer, TakesNamesOfSpecialTokensForOrdinaryText) {
  const Ids ids = from_file().encode("</s><pad>", 64)->ids;
  const auto end = std::ranges::find(ids, 1);
  EXPECT_GT(end - ids.begin(), 3);
  EXPECT_TRUE(std::all_of(end + 1, ids.end(), [](int id) { return id == 0; }));
}

TEST(T5Tokenizer, UsesTheSettingsOfTheVocabulary) {
  T5Vocabulary vocabulary = spiece_vocabulary();
  vocabulary.add_space_prefix = false;
  const auto bare = T5Tokenizer::from_vocabulary(vocabulary);
  ASSERT_TRUE(bare);
  EXPECT_NE(bare->encode("grass", 16)->ids, from_file().encode("grass", 16)->ids);
  EXPECT_EQ(bare->encode(" grass", 16)->ids, bare->encode("grass", 16)->ids);

  vocabulary.remove_extra_whitespaces = false;
  const auto exact = T5Tokenizer::from_vocabulary(vocabulary);
  ASSERT_TRUE(exact);
  EXPECT_EQ(exact->encode(" grass", 16)->ids, from_file().encode("grass", 16)->ids);
}

TEST(T5Tokenizer, EncodesHostileText) {
  const std::string texts[] = {std::string(1'000'000, 'a'),
                               std::string(1'000'000, '\0'),
                               std::string(1'000'000, '\xFF'),
                               std::string("a\0b", 3),
                               "\xC3",
                               "\xED\xA0\x80"};
  for (const std::string& text : texts) {
    const auto out = from_file().encode(text, 64);
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(out->ids.size(), 64u);
    EXPECT_NE(std::ranges::find(out->ids, 1), out->ids.end());
    EXPECT_EQ(out->truncated, text.size() > 100);
    EXPECT_TRUE(std::ranges::all_of(out->ids, [](int id) { return id >= 0 && id < 300; }));
  }
}

TEST(T5Tokenizer, RefusesLengthsOutOfRange) {
  for (const int length : {0, -1, 65537}) {
    const auto out = from_file().encode("grass", length);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, ErrorCode::kUsage);
    EXPECT_THAT(out.error().message, HasSubstr("1 to 65536"));
  }
  EXPECT_EQ(from_file().encode("grass", 1)->ids, Ids{1});
  EXPECT_TRUE(from_file().encode("grass", 1)->truncated);
}

TEST(T5Tokenizer, SaysNothingOnTheTerminal) {
  ::testing::internal::CaptureStderr();
  const auto tokenizer = T5Tokenizer::from_spiece(token_data("spiece.model"));
  EXPECT_TRUE(tokenizer);
  EXPECT_TRUE(tokenizer->encode("grass", 16));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(T5Tokenizer, RefusesAVocabularyWithoutOrdinaryPieces) {
  T5Vocabulary vocabulary = spiece_vocabulary();
  vocabulary.tokens.resize(3);
  vocabulary.scores.resize(3);
  vocabulary.types.resize(3);
  const auto tokenizer = T5Tokenizer::from_vocabulary(vocabulary);
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(tokenizer.error().message, AllOf(HasSubstr("the.file"), Not(HasSubstr("\n"))));
}

// Damage anywhere ends in an error or in a tokenizer that works.
TEST(T5Tokenizer, SurvivesDamagedModels) {
  const TestFolder folder;
  const std::string good = read_all(token_data("spiece.model"));
  const std::size_t table = good.size() - 240'000;  // the pieces and the trie's first units
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 8; ++i) bytes[random() % table] = char(random());
    if (round % 4 == 0) bytes.resize(random() % bytes.size());
    const auto tokenizer = T5Tokenizer::from_spiece(folder.write("damaged.model", bytes));
    if (!tokenizer) {
      EXPECT_EQ(tokenizer.error().code, ErrorCode::kModelMissing);
      continue;
    }
    EXPECT_TRUE(tokenizer->encode("Grass, sand \xE2\x80\x94 caf\xC3\xA9 \xF0\x9F\x90\x95", 32));
  }
}

}  // namespace
}  // namespace pawfect
