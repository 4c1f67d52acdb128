#include "flux/prompt_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "flux/clip_vocabulary.h"
#include "flux/text_test_files.h"
#include "weights/test_tokens.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using testing::relative_to, testing::TestFolder;

Device processor() { return Device::open(BackendKind::kCpu, 2).value(); }

// The committed fixture's files, or those of another folder of its layout.
PromptFiles tiny_files() {
  auto t5 = testing::fixture_files("t5", "Q8_0.gguf");
  if (t5.empty()) t5 = testing::fixture_files("t5", "F16.gguf");
  return find_tokenizers(fixture_dir(), t5.at(0), fixture_dir() / "clip_l.safetensors");
}

struct Prompt {
  std::string text;
  int length = 0;
};

std::vector<Prompt> prompts() {
  std::vector<Prompt> out;
  const auto about = nlohmann::json::parse(std::ifstream(fixture_dir() / "reference.json"));
  for (const auto& prompt : about.at("prompts"))
    out.push_back({prompt.at("text"), prompt.at("t5_length")});
  return out;
}

TEST(PromptEncoder, GivesWhatTheReferenceMakesOfEveryPrompt) {
  const Device device = processor();
  const testing::TextReference reference;
  PromptEncoder encoder(device, tiny_files(), {});
  const auto all = prompts();
  for (std::size_t k = 0; k < all.size(); ++k) {
    const auto embedding = encoder.embed(all[k].text, all[k].length);
    ASSERT_TRUE(embedding) << embedding.error().message;
    EXPECT_EQ(embedding->length, all[k].length);
    const std::string name = "prompt." + std::to_string(k);
    EXPECT_LT(relative_to(embedding->pooled, reference.floats(name + ".clip_pooled")), 5e-3);
    if (!reference.has(name + ".t5_hidden")) continue;
    // The file of 8-bit weights is itself a percent or two away from the full one.
    const auto due = reference.floats(name + ".t5_hidden");
    EXPECT_EQ(embedding->t5.size(), due.size());
    EXPECT_LT(relative_to(embedding->t5, due), 5e-2);
  }
}

TEST(PromptEncoder, GivesTheSameWithAndWithoutTheCacheAndLoadsNothingForAHit) {
  const TestFolder folder;
  const Device device = processor();
  PromptEncoder without(device, tiny_files(), {});
  const PromptEmbedding due = without.embed("wooden deck", 64).value();
  EXPECT_EQ(without.loads(), 2);

  PromptEncoder first(device, tiny_files(), folder.path("cache"));
  EXPECT_EQ(first.embed("wooden deck", 64).value(), due);
  EXPECT_EQ(first.loads(), 2);
  EXPECT_EQ(first.embed("wooden deck", 64).value(), due);
  EXPECT_EQ(first.loads(), 2);
  EXPECT_EQ(first.cache_warning(), "");

  PromptEncoder second(device, tiny_files(), folder.path("cache"));
  EXPECT_EQ(second.embed("wooden deck", 64).value(), due);
  EXPECT_EQ(second.loads(), 0);
}

TEST(PromptEncoder, KeepsTextsLengthsAndEncodersApart) {
  const TestFolder folder;
  const Device device = processor();
  PromptEncoder encoder(device, tiny_files(), folder.path("cache"));
  const PromptEmbedding grass = encoder.embed("grass", 64).value();
  EXPECT_NE(encoder.embed("sand", 64).value(), grass);
  EXPECT_EQ(encoder.embed("grass", 128)->length, 128);
  EXPECT_EQ(encoder.loads(), 6);

  // The same text with another CLIP file: one bit of its weights differs.
  PromptFiles other = tiny_files();
  std::string clip = testing::read_all(other.clip);
  clip[clip.size() - 1] = char(clip[clip.size() - 1] ^ 1);
  other.clip = folder.write("other.safetensors", clip);
  PromptEncoder changed(device, other, folder.path("cache"));
  ASSERT_TRUE(changed.embed("grass", 64));
  EXPECT_EQ(changed.loads(), 2);
}

TEST(PromptEncoder, LoadsEachEncoderOnceForManyTexts) {
  const TestFolder folder;
  const Device device = processor();
  PromptEncoder encoder(device, tiny_files(), folder.path("cache"));
  const std::vector<std::string> texts = {"grass", "sand", "", "gravel"};
  const auto all = encoder.embed_all(texts, 64);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(encoder.loads(), 2);
  for (std::size_t k = 0; k < texts.size(); ++k)
    EXPECT_EQ(encoder.embed(texts[k], 64).value(), (*all)[k]) << texts[k];
  EXPECT_EQ(encoder.loads(), 2);
}

TEST(PromptEncoder, SaysWhatWasTooLongForWhichEncoder) {
  const TestFolder folder;
  const Device device = processor();
  PromptEncoder encoder(device, tiny_files(), folder.path("cache"));
  std::string text;
  for (int k = 0; k < 100; ++k) text += "gravel ";
  for (int round = 0; round < 2; ++round) {  // computed, then from the cache
    const auto cut = encoder.embed(text, 64), whole = encoder.embed("gravel", 64);
    ASSERT_TRUE(cut && whole);
    EXPECT_TRUE(cut->t5_truncated);
    EXPECT_TRUE(cut->clip_truncated);
    EXPECT_FALSE(whole->t5_truncated);
    EXPECT_FALSE(whole->clip_truncated);
  }
}

TEST(PromptEncoder, WorksOnWhenTheCacheCannotBeWrittenAndSaysSo) {
  const TestFolder folder;
  const Device device = processor();
  PromptEncoder encoder(device, tiny_files(), folder.write("file", "no folder") / "cache");
  EXPECT_TRUE(encoder.embed("grass", 64));
  EXPECT_THAT(encoder.cache_warning(), HasSubstr("prompt cache cannot be written"));
}

TEST(PromptEncoder, NeedsAVocabularyForT5AndSaysWhereToPutIt) {
  const TestFolder folder;
  const Device device = processor();
  PromptFiles files = tiny_files();
  files.t5 = folder.write("t5.safetensors", testing::made_weights(testing::made_t5()));
  files.spiece.clear();
  PromptEncoder without(device, files, {});
  EXPECT_THAT(without.embed("grass", 64).error().message, HasSubstr("spiece.model"));

  // With one it goes on to the weights, whose embedding is too small for this vocabulary.
  files.spiece = testing::token_data("spiece.model");
  PromptEncoder with(device, files, {});
  EXPECT_THAT(with.embed("grass", 64).error().message, HasSubstr("do not belong together"));
}

TEST(PromptEncoder, TakesClipsPublishedVocabularyWhereTheFolderHasNone) {
  const TestFolder folder;
  const Device device = processor();
  const PromptFiles tiny = tiny_files();
  PromptFiles files = find_tokenizers(folder.path(""), tiny.t5, tiny.clip);
  EXPECT_EQ(files.clip_vocab, "");
  PromptEncoder encoder(device, files, {});
  // The tiny encoder has no rows for 49408 pieces.
  EXPECT_THAT(encoder.embed("grass", 64).error().message, HasSubstr("do not belong together"));
  const auto tokenizer = builtin_clip_tokenizer();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  for (const auto& row : testing::token_rows("clip_tokens.json"))
    EXPECT_EQ(tokenizer->encode(row.text).ids, row.ids77) << row.text;
}

TEST(PromptEncoder, RefusesOtherLengthsAndStopsWhenAsked) {
  const Device device = processor();
  PromptEncoder encoder(device, tiny_files(), {});
  EXPECT_EQ(encoder.embed("grass", 0).error().code, ErrorCode::kUsage);
  EXPECT_EQ(encoder.embed("grass", 513).error().code, ErrorCode::kUsage);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(encoder.embed("grass", 64, stop.get_token()).error().code, ErrorCode::kCancelled);
}

TEST(T5Length, IsRoundedUpToAMultipleOf64) {
  EXPECT_EQ(t5_length(1).value(), 64);
  EXPECT_EQ(t5_length(64).value(), 64);
  EXPECT_EQ(t5_length(65).value(), 128);
  EXPECT_EQ(t5_length(512).value(), 512);
  EXPECT_EQ(t5_length(513).error().code, ErrorCode::kUsage);
  EXPECT_EQ(t5_length(0).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace pawfect
