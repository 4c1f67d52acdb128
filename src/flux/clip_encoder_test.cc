#include "flux/clip_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flux/text_test_files.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using testing::made_weights, testing::MadeTensor, testing::relative_to;

Device processor() { return Device::open(BackendKind::kCpu, 2).value(); }

std::map<std::string, MadeTensor> made_clip(const std::string& prefix) {
  std::map<std::string, MadeTensor> t = {
      {prefix + "embeddings.token_embedding.weight", {{30, 128}}},
      {prefix + "embeddings.position_embedding.weight", {{9, 128}}},
      {prefix + "final_layer_norm.weight", {{128}, 0.1f, 1.0f}},
      {prefix + "final_layer_norm.bias", {{128}, 0.1f}}};
  const std::string layer = prefix + "encoder.layers.0.";
  const auto add = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    t[layer + name + ".weight"] = {{out, in}, 0.1f};
    t[layer + name + ".bias"] = {{out}, 0.1f};
  };
  for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"})
    add(std::string("self_attn.") + part, 128, 128);
  add("mlp.fc1", 200, 128);
  add("mlp.fc2", 128, 200);
  for (const char* norm : {"layer_norm1", "layer_norm2"}) {
    t[layer + norm + ".weight"] = {{128}, 0.1f, 1.0f};
    t[layer + norm + ".bias"] = {{128}, 0.1f};
  }
  return t;
}

TEST(ClipEncoder, GivesTheReferencesRowsAndPooledRow) {
  const testing::TextReference reference;
  const Device device = processor();
  const auto file = TensorFile::open(fixture_dir() / "clip_l.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  for (const auto& [precision, limit] :
       {std::pair{Precision::kF32, 5e-5}, std::pair{Precision::kStored, 5e-3}}) {
    auto encoder = ClipEncoder::load(device, *file, precision);
    ASSERT_TRUE(encoder) << encoder.error().message;
    ASSERT_GT(reference.prompts(), 0);
    for (int k = 0; k < reference.prompts(); ++k) {
      const std::string prompt = "prompt." + std::to_string(k);
      const auto result = encoder->encode(reference.ids(prompt + ".clip_ids"));
      ASSERT_TRUE(result) << result.error().message;
      EXPECT_LT(relative_to(result->hidden, reference.floats(prompt + ".clip_hidden")), limit);
      EXPECT_LT(relative_to(result->pooled, reference.floats(prompt + ".clip_pooled")), limit);
    }
  }
}

TEST(ClipEncoder, TakesNamesWithAndWithoutPrefixAndLeavesTheRestAlone) {
  const testing::TestFolder folder;
  const Device device = processor();
  const std::vector<std::int32_t> ids = {28, 3, 29, 29};
  auto plain_tensors = made_clip("");
  auto full_tensors = plain_tensors;
  full_tensors.clear();
  for (const auto& [name, tensor] : plain_tensors) full_tensors["text_model." + name] = tensor;
  full_tensors["text_projection.weight"] = {{128, 128}};
  full_tensors["logit_scale"] = {{1}};
  const auto full = TensorFile::open(folder.write("a.safetensors", made_weights(full_tensors)));
  const auto plain = TensorFile::open(folder.write("b.safetensors", made_weights(plain_tensors)));
  auto with = ClipEncoder::load(device, *full), without = ClipEncoder::load(device, *plain);
  ASSERT_TRUE(with) << with.error().message;
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_TRUE(with->encode(ids));
  EXPECT_TRUE(without->encode(ids));
  EXPECT_EQ(with->width(), 128);
  EXPECT_EQ(with->positions(), 9);
}

TEST(ClipEncoder, PoolsTheFirstOfTheLargestIdsWhichLaterOnesCannotChange) {
  const testing::TestFolder folder;
  const Device device = processor();
  const auto file = TensorFile::open(folder.write("c.safetensors", made_weights(made_clip(""))));
  auto encoder = ClipEncoder::load(device, *file, Precision::kF32);
  ASSERT_TRUE(encoder) << encoder.error().message;
  const auto padded = encoder->encode(std::vector<std::int32_t>{28, 3, 29, 29, 29});
  const auto other = encoder->encode(std::vector<std::int32_t>{28, 3, 29, 7, 8});
  ASSERT_TRUE(padded && other);
  const std::vector<float> third(padded->hidden.begin() + 2 * 128,
                                 padded->hidden.begin() + 3 * 128);
  EXPECT_EQ(padded->pooled, third);
  EXPECT_LT(relative_to(other->pooled, third), 1e-6);
}

TEST(ClipEncoder, RefusesOtherModelsAndSaysWhy) {
  const testing::TestFolder folder;
  const Device device = processor();
  const std::string layer = "encoder.layers.0.";
  const std::pair<const char*, std::map<std::string, MadeTensor>> wrongs[] = {
      {"no CLIP text encoder", testing::made_t5()},
      {"'encoder.layers.0.mlp.fc2.bias' is missing",
       [&] {
         auto t = made_clip("");
         t.erase(layer + "mlp.fc2.bias");
         return t;
       }()},
      {"does not divide into heads", [&] {
         auto t = made_clip("");
         t["embeddings.token_embedding.weight"] = {{30, 100}};
         return t;
       }()}};
  for (const auto& [why, tensors] : wrongs) {
    const auto file = TensorFile::open(folder.write("c.safetensors", made_weights(tensors)));
    ASSERT_TRUE(file) << file.error().message;
    const auto encoder = ClipEncoder::load(device, *file);
    ASSERT_FALSE(encoder) << why;
    EXPECT_EQ(encoder.error().code, ErrorCode::kModelMissing);
    EXPECT_THAT(encoder.error().message, HasSubstr(why));
  }
}

TEST(ClipEncoder, RefusesIdsThatItCannotEncode) {
  const testing::TestFolder folder;
  const Device device = processor();
  const auto file = TensorFile::open(folder.write("c.safetensors", made_weights(made_clip(""))));
  auto encoder = ClipEncoder::load(device, *file);
  EXPECT_EQ(encoder->encode({}).error().code, ErrorCode::kUsage);
  EXPECT_EQ(encoder->encode(std::vector<std::int32_t>(10, 1)).error().code, ErrorCode::kUsage);
  EXPECT_EQ(encoder->encode(std::vector<std::int32_t>{30}).error().code, ErrorCode::kModelMissing);
}

}  // namespace
}  // namespace pawfect
