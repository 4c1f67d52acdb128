#include "flux/t5_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flux/t5_position.h"
#include "flux/text_test_files.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using testing::made_t5, testing::made_weights, testing::relative_to;

Device processor() { return Device::open(BackendKind::kCpu, 2).value(); }

std::vector<float> encoded(const TensorFile& file, Precision precision,
                           std::span<const std::int32_t> ids) {
  const Device device = processor();
  auto encoder = T5Encoder::load(device, file, precision);
  EXPECT_TRUE(encoder) << encoder.error().message;
  const auto rows = encoder->encode(ids);
  EXPECT_TRUE(rows) << rows.error().message;
  return rows.value_or(std::vector<float>{});
}

TEST(T5Position, PutsEveryDistanceIntoTheReferencesBucket) {
  const std::vector<std::int32_t> due = testing::TextReference().ids("const.t5_bucket");
  ASSERT_EQ(due.size(), 1201u);
  for (int relative = -600; relative <= 600; ++relative)
    EXPECT_EQ(t5_bucket(relative, 32), due[std::size_t(relative + 600)]) << relative;
}

TEST(T5Position, TakesTheBucketOfKeyMinusQueryForEachHead) {
  std::vector<float> table(2 * 32);
  for (std::size_t k = 0; k < table.size(); ++k) table[k] = float(k);
  const std::vector<float> bias = t5_position_bias(table, 2, 32, 3);
  ASSERT_EQ(bias.size(), 18u);
  EXPECT_EQ(bias[0 * 3 + 1], table[std::size_t(17 * 2)]);         // query 0, key 1: after it
  EXPECT_EQ(bias[1 * 3 + 0], table[std::size_t(1 * 2)]);          // query 1, key 0: before it
  EXPECT_EQ(bias[9 + 2 * 3 + 2], table[std::size_t(0 * 2 + 1)]);  // the second head
}

TEST(T5Encoder, GivesTheReferencesRowsInSinglePrecision) {
  const testing::TextReference reference;
  for (const char* end : {"F16.gguf", "fp16.safetensors"}) {
    for (const auto& path : testing::fixture_files("t5", end)) {
      const auto file = TensorFile::open(path);
      ASSERT_TRUE(file) << file.error().message;
      for (int k = 0; k < reference.prompts(); ++k) {
        const std::string prompt = "prompt." + std::to_string(k);
        if (!reference.has(prompt + ".t5_hidden")) continue;
        const auto ids = reference.ids(prompt + ".t5_ids");
        const auto due = reference.floats(prompt + ".t5_hidden");
        EXPECT_LT(relative_to(encoded(*file, Precision::kF32, ids), due), 5e-5) << path << prompt;
        EXPECT_LT(relative_to(encoded(*file, Precision::kStored, ids), due), 5e-3)
            << path << prompt;
      }
    }
  }
}

TEST(T5Encoder, GivesTheRowsOfItsOwnQuantisedWeights) {
  const testing::TextReference reference;
  const auto ids = reference.ids("prompt.0.t5_ids");
  int checked = 0;
  for (const std::string type : {"Q8_0", "Q5_K_M"}) {
    for (const auto& path : testing::fixture_files("t5", type + ".gguf")) {
      const auto file = TensorFile::open(path);
      ASSERT_TRUE(file) << file.error().message;
      if (!reference.has("quant.t5." + type + ".t5_hidden")) continue;
      const auto due = reference.floats("quant.t5." + type + ".t5_hidden");
      EXPECT_LT(relative_to(encoded(*file, Precision::kF32, ids), due), 5e-5) << path;
      EXPECT_LT(relative_to(encoded(*file, Precision::kStored, ids), due), 3e-2) << path;
      ++checked;
    }
  }
  EXPECT_GT(checked, 0);
}

TEST(T5Encoder, GivesTheReferencesRowsAfterEveryLayer) {
  const testing::TextReference reference;
  const Device device = processor();
  for (const auto& path : testing::fixture_files("t5", "F16.gguf")) {
    const auto file = TensorFile::open(path);
    auto encoder = T5Encoder::load(device, *file, Precision::kF32);
    ASSERT_TRUE(encoder) << encoder.error().message;
    encoder->keep_inner();
    ASSERT_TRUE(encoder->encode(reference.ids("prompt.0.t5_ids")));
    for (int k = 0; reference.has("debug.t5.block" + std::to_string(k)); ++k) {
      const std::string block = "block" + std::to_string(k);
      EXPECT_LT(relative_to(encoder->inner(block).value(), reference.floats("debug.t5." + block)),
                5e-5);
    }
  }
}

TEST(T5Encoder, StaysFiniteWhereTheWideProductLeavesHalfPrecision) {
  const testing::TestFolder folder;
  // The wide product reaches millions, 30 times what half precision holds.
  const auto path = folder.write("t5.safetensors", made_weights(made_t5(3e4f, 1e-5f)));
  const auto file = TensorFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  const std::vector<std::int32_t> ids = {3, 14, 15, 9, 1, 0, 0, 0};
  EXPECT_LT(
      relative_to(encoded(*file, Precision::kStored, ids), encoded(*file, Precision::kF32, ids)),
      5e-3);
}

TEST(T5Encoder, FollowsATextOfAnotherLength) {
  const testing::TestFolder folder;
  const auto file = TensorFile::open(folder.write("t5.safetensors", made_weights(made_t5())));
  const Device device = processor();
  auto encoder = T5Encoder::load(device, *file);
  ASSERT_TRUE(encoder) << encoder.error().message;
  EXPECT_EQ(encoder->width(), 64);
  const std::vector<std::int32_t> ids = {3, 14, 15, 1};
  const auto alone = encoder->encode(ids);
  ASSERT_TRUE(encoder->encode(std::vector<std::int32_t>(7, 5)));
  EXPECT_EQ(*encoder->encode(ids), *alone);
}

TEST(T5Encoder, TakesTheEmbeddingUnderEitherName) {
  const testing::TestFolder folder;
  auto tensors = made_t5();
  const std::string name = "shared.weight";
  const auto one = folder.write("one.safetensors", made_weights(tensors));
  tensors["lm_head.weight"] = {{40, 64}};  // what a whole T5 holds besides is left alone
  auto moved = tensors;
  moved["encoder.embed_tokens.weight"] = moved[name];
  moved.erase(name);
  const auto first = TensorFile::open(one);
  const auto second = TensorFile::open(folder.write("two.safetensors", made_weights(moved)));
  const Device device = processor();
  EXPECT_TRUE(T5Encoder::load(device, *first));
  EXPECT_TRUE(T5Encoder::load(device, *second));
}

struct Wrong {
  const char* why;
  void (*spoil)(std::map<std::string, testing::MadeTensor>&);
};

TEST(T5Encoder, RefusesOtherModelsAndSaysWhy) {
  const Wrong wrongs[] = {
      {"no T5 encoder", [](auto& t) { t.erase("encoder.block.0.layer.0.SelfAttention.q.weight"); }},
      {"without gated",
       [](auto& t) { t.erase("encoder.block.0.layer.1.DenseReluDense.wi_0.weight"); }},
      {"no token embedding", [](auto& t) { t.erase("shared.weight"); }},
      {"UMT5",
       [](auto& t) {
         t["encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"] = {{32, 3}};
       }},
      {"0 heads",
       [](auto& t) {
         t.erase("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
       }},
      {"'encoder.block.1.layer.1.DenseReluDense.wo.weight' has shape",
       [](auto& t) { t["encoder.block.1.layer.1.DenseReluDense.wo.weight"] = {{64, 95}}; }},
      {"'encoder.final_layer_norm.weight' is missing",
       [](auto& t) { t.erase("encoder.final_layer_norm.weight"); }}};
  const testing::TestFolder folder;
  const Device device = processor();
  for (const Wrong& wrong : wrongs) {
    auto tensors = made_t5();
    wrong.spoil(tensors);
    const auto file = TensorFile::open(folder.write("t5.safetensors", made_weights(tensors)));
    ASSERT_TRUE(file) << file.error().message;
    const auto encoder = T5Encoder::load(device, *file);
    ASSERT_FALSE(encoder) << wrong.why;
    EXPECT_EQ(encoder.error().code, ErrorCode::kModelMissing);
    EXPECT_THAT(encoder.error().message, HasSubstr(wrong.why));
    EXPECT_THAT(encoder.error().message, HasSubstr("t5.safetensors"));
  }
}

TEST(T5Encoder, RefusesIdsThatItCannotEncode) {
  const testing::TestFolder folder;
  const auto file = TensorFile::open(folder.write("t5.safetensors", made_weights(made_t5())));
  const Device device = processor();
  auto encoder = T5Encoder::load(device, *file);
  EXPECT_EQ(encoder->encode({}).error().code, ErrorCode::kUsage);
  EXPECT_EQ(encoder->encode(std::vector<std::int32_t>(4097, 1)).error().code, ErrorCode::kUsage);
  EXPECT_EQ(encoder->encode(std::vector<std::int32_t>{1, 40}).error().code,
            ErrorCode::kModelMissing);
}

TEST(T5Encoder, StopsWhenAsked) {
  const testing::TestFolder folder;
  const auto file = TensorFile::open(folder.write("t5.safetensors", made_weights(made_t5())));
  const Device device = processor();
  auto encoder = T5Encoder::load(device, *file);
  std::stop_source stop;
  stop.request_stop();
  const std::vector<std::int32_t> ids = {1, 2};
  EXPECT_EQ(encoder->encode(ids, stop.get_token()).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace pawfect
