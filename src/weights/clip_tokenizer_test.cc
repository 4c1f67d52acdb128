#include "weights/clip_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "weights/test_tokens.h"

namespace pawfect {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_all;
using ::testing::StartsWith;
using testing::TestFolder;
using testing::token_data;
using testing::token_rows;
using testing::TokenRow;
using Ids = std::vector<std::int32_t>;

const ClipTokenizer& real() {
  static const auto tokenizer = ClipTokenizer::from_bpe_simple_vocab(
      std::filesystem::path(PAWFECT_SOURCE_DIR) / "data/clip/bpe_simple_vocab_16e6.txt.gz");
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return *tokenizer;
}

const ClipTokenizer& tiny() {
  static const auto tokenizer =
      ClipTokenizer::from_files(token_data("vocab.json"), token_data("merges.txt"));
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return *tokenizer;
}

void expect_rows(const ClipTokenizer& tokenizer, const std::vector<TokenRow>& rows) {
  ASSERT_EQ(rows.size(), 63u);
  for (const TokenRow& row : rows) {
    const TokenIds cut = tokenizer.encode(row.text);
    EXPECT_EQ(cut.ids, row.ids77) << row.text;
    EXPECT_EQ(cut.truncated, row.ids.size() > 77) << row.text;

    const TokenIds whole = tokenizer.encode(row.text, int(row.ids.size()));
    EXPECT_EQ(whole.ids, row.ids) << row.text;
    EXPECT_FALSE(whole.truncated) << row.text;
  }
}

TEST(ClipTokenizer, GivesTheReferencesIdsWithTheRealVocabulary) {
  expect_rows(real(), token_rows("clip_tokens.json"));
  EXPECT_EQ(real().start_id(), 49406);
  EXPECT_EQ(real().end_id(), 49407);
}

TEST(ClipTokenizer, GivesTheReferencesIdsWithAModelFoldersFiles) {
  expect_rows(tiny(), token_rows("tokens_clip.json"));
  EXPECT_EQ(tiny().end_id(), 773);
}

TEST(ClipTokenizer, CutsBeforeTheEndToken) {
  EXPECT_EQ(real().encode("grass grass grass", 4).ids, (Ids{49406, 5922, 5922, 49407}));
  EXPECT_TRUE(real().encode("grass grass grass", 4).truncated);
  EXPECT_FALSE(real().encode("grass grass", 4).truncated);
  EXPECT_EQ(real().encode("grass", 2).ids, (Ids{49406, 49407}));
  EXPECT_TRUE(real().encode("grass", 2).truncated);
}

// Checked against transformers 5.23.
TEST(ClipTokenizer, FindsSpecialTokensInTheTextAsItCameOnly) {
  EXPECT_EQ(real().encode("grass<|endoftext|>Sand", 5).ids, (Ids{49406, 5922, 49407, 5094, 49407}));
  EXPECT_EQ(real().encode("<|ENDOFTEXT|>", 8).ids,
            (Ids{49406, 27, 347, 40786, 4160, 91, 285, 49407}));
}

TEST(ClipTokenizer, EncodesHostileText) {
  const std::string texts[] = {std::string(1'000'000, 'a'),
                               std::string(1'000'000, '\0'),
                               std::string(1'000'000, '\xFF'),
                               std::string("a\0b", 3),
                               "\xC3",
                               "\xED\xA0\x80"};
  for (const std::string& text : texts) {
    const TokenIds out = real().encode(text);
    EXPECT_EQ(out.ids.size(), 77u);
    EXPECT_EQ(out.ids.front(), 49406);
    EXPECT_EQ(out.ids.back(), 49407);
    EXPECT_EQ(out.truncated, text.size() > 100);
    EXPECT_TRUE(std::ranges::all_of(out.ids, [](int id) { return id >= 0 && id <= 49407; }));
  }
}

TEST(ClipTokenizer, SaysThatTextBeyondTheLimitWasCutThoughTheIdsFit) {
  EXPECT_TRUE(real().encode("grass" + std::string(kMaxPromptBytes, ' ')).truncated);
  EXPECT_FALSE(real().encode("grass" + std::string(kMaxPromptBytes - 5, ' ')).truncated);
}

// The message when these two files are refused, else "".
std::string refusal_of(std::string_view vocabulary, std::string_view merges) {
  const auto tokenizer = ClipTokenizer::from_texts(vocabulary, "vocab", merges, "merges");
  if (tokenizer) return "";
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(tokenizer.error().message, Not(HasSubstr("\n")));
  return tokenizer.error().message;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

TEST(ClipTokenizer, RefusesAVocabularyThatLacksWhatEveryCharacterNeeds) {
  const std::string vocabulary = read_all(token_data("vocab.json"));
  const std::string merges = read_all(token_data("merges.txt"));
  EXPECT_EQ(refusal_of(vocabulary, merges), "");
  for (const std::string piece : {"<|startoftext|>", "<|endoftext|>", "Q", "Q</w>"}) {
    const std::string other = replaced(vocabulary, '"' + piece + '"', R"("other piece")");
    EXPECT_THAT(refusal_of(other, merges),
                AllOf(StartsWith("vocab: lacks"), HasSubstr('"' + piece + '"')));
  }
}

TEST(ClipTokenizer, RefusesMergesOfAnotherVocabulary) {
  const std::string vocabulary = read_all(token_data("vocab.json"));
  EXPECT_THAT(refusal_of(vocabulary, "#version: 0.2\nq q\n"), StartsWith("merges: line 2 needs"));
}

TEST(ClipTokenizer, RefusesASimpleVocabularyThatIsShortOrDouble) {
  const TestFolder folder;
  const auto text = read_all(token_data("merges.txt"));
  const auto small = ClipTokenizer::from_bpe_simple_vocab(folder.write("small.txt", text));
  ASSERT_FALSE(small);
  EXPECT_THAT(small.error().message, HasSubstr("where CLIP uses 48894"));

  std::string twice = "#version: 0.2\n";
  for (int i = 0; i < 48894; ++i) twice += "a b\n";
  const auto same = ClipTokenizer::from_bpe_simple_vocab(folder.write("twice.txt", twice));
  ASSERT_FALSE(same);
  EXPECT_THAT(same.error().message, HasSubstr("line 3 makes a piece that stood before"));
}

TEST(ClipTokenizer, NamesTheFileThatIsMissing) {
  const auto tokenizer = ClipTokenizer::from_files(token_data("vocab.json"), "nowhere/merges.txt");
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(tokenizer.error().message, StartsWith("nowhere/merges.txt: "));
}

}  // namespace
}  // namespace pawfect
