#include "weights/t5_vocabulary_gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "weights/test_files.h"

namespace pawfect {
namespace {

using testing::bytes_of;
using testing::gguf_text;
using ::testing::HasSubstr;
using testing::little_endian;

// The keys of a vocabulary of two tokens, with their arrays' bytes.
struct Keys {
  std::string tokens = gguf_text("<pad>") + gguf_text("a");
  std::string scores = little_endian(0.0f) + little_endian(-1.5f);
  std::string types = little_endian(std::int32_t{3}) + little_endian(std::int32_t{1});
  std::string charsmap = "table";
  Metadata::Values values;

  Keys() {
    set("model", std::string("t5"));
    set("tokens", MetadataArray{ValueType::kString, 2, bytes_of(tokens)});
    set("scores", MetadataArray{ValueType::kF32, 2, bytes_of(scores)});
    set("token_type", MetadataArray{ValueType::kI32, 2, bytes_of(types)});
    set("precompiled_charsmap", MetadataArray{ValueType::kU8, 5, bytes_of(charsmap)});
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  void set(const std::string& key, MetadataValue value) {
    values.insert_or_assign("tokenizer.ggml." + key, std::move(value));
  }
  Result<T5Vocabulary> read() const { return t5_vocabulary({"the.gguf", values}, "the.gguf"); }
  std::string refusal() const {
    const auto vocabulary = read();
    if (vocabulary) return "";
    EXPECT_EQ(vocabulary.error().code, ErrorCode::kModelMissing);
    EXPECT_THAT(vocabulary.error().message, HasSubstr("the.gguf"));
    return vocabulary.error().message;
  }
};

TEST(T5VocabularyGguf, ReadsTheArraysAndFallsBackOnTheUsualSettings) {
  const Keys keys;
  const auto vocabulary = keys.read();
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->tokens, (std::vector<std::string>{"<pad>", "a"}));
  EXPECT_EQ(vocabulary->scores, (std::vector<float>{0, -1.5f}));
  EXPECT_EQ(vocabulary->types, (std::vector<std::int32_t>{3, 1}));
  EXPECT_EQ(vocabulary->precompiled_charsmap, "table");
  EXPECT_TRUE(vocabulary->add_space_prefix);
  EXPECT_TRUE(vocabulary->remove_extra_whitespaces);
  EXPECT_FALSE(vocabulary->eos_id);
}

TEST(T5VocabularyGguf, ReadsTheSettings) {
  Keys keys;
  keys.set("add_space_prefix", false);
  keys.set("remove_extra_whitespaces", false);
  keys.set("eos_token_id", std::uint64_t{1});
  keys.set("unknown_token_id", std::uint64_t{2});
  keys.set("padding_token_id", std::uint64_t{0});
  const auto vocabulary = keys.read();
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_FALSE(vocabulary->add_space_prefix);
  EXPECT_FALSE(vocabulary->remove_extra_whitespaces);
  EXPECT_EQ(vocabulary->eos_id, 1);
  EXPECT_EQ(vocabulary->unknown_id, 2);
  EXPECT_EQ(vocabulary->pad_id, 0);
}

TEST(T5VocabularyGguf, RefusesTheTokenizerOfAnotherModel) {
  Keys keys;
  keys.set("model", std::string("llama"));
  EXPECT_THAT(keys.refusal(), HasSubstr("\"llama\" where \"t5\" is due"));
}

TEST(T5VocabularyGguf, NamesTheKeyThatIsMissing) {
  for (const std::string key :
       {"model", "tokens", "scores", "token_type", "precompiled_charsmap"}) {
    Keys keys;
    keys.values.erase("tokenizer.ggml." + key);
    EXPECT_THAT(keys.refusal(), HasSubstr("tokenizer.ggml." + key));
  }
}

TEST(T5VocabularyGguf, NamesTheKeyOfAnotherType) {
  for (const std::string key :
       {"model", "tokens", "scores", "token_type", "precompiled_charsmap", "add_space_prefix",
        "remove_extra_whitespaces", "eos_token_id", "unknown_token_id", "padding_token_id"}) {
    Keys keys;
    keys.set(key, 0.5);
    EXPECT_THAT(keys.refusal(), HasSubstr("tokenizer.ggml." + key));
  }
}

// What does not fit becomes what the check of the vocabulary refuses.
TEST(T5VocabularyGguf, LetsNoNumberWrapIntoAGoodOne) {
  Keys keys;
  const std::string scores = little_endian(1e300) + little_endian(-1e300);
  const std::string types =
      little_endian(std::int64_t{0x1'0000'0001}) + little_endian(std::int64_t{-1});
  keys.set("scores", MetadataArray{ValueType::kF64, 2, bytes_of(scores)});
  keys.set("token_type", MetadataArray{ValueType::kI64, 2, bytes_of(types)});
  const auto vocabulary = keys.read();
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_NE(vocabulary->scores[0], vocabulary->scores[0]);  // not a number
  EXPECT_EQ(vocabulary->types, (std::vector<std::int32_t>{0, 0}));
  EXPECT_FALSE(check_vocabulary(*vocabulary));
}

}  // namespace
}  // namespace pawfect
