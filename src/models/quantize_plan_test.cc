#include "models/quantize_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "models/made_models.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using testing::made_flux, testing::made_gguf, testing::made_t5, testing::TestFolder;

std::map<std::string, std::string> planned(const std::vector<ExpectedTensor>& tensors,
                                           TensorType source, ModelPart part,
                                           std::string_view wish) {
  const TestFolder folder;
  const auto file = TensorFile::open(folder.write("a.gguf", made_gguf(tensors, source)));
  EXPECT_TRUE(file) << file.error().message;
  const auto types = plan_types(*file, part, quantize_type_by_name(wish).value());
  EXPECT_TRUE(types) << types.error().message;
  std::map<std::string, std::string> plan;
  for (std::size_t k = 0; k < types->size(); ++k)
    plan[file->tensors()[k].name] = type_name((*types)[k]);
  return plan;
}

TEST(QuantizePlan, ATransformersMatricesGetTheTypeAndEmbeddersAndVectorsDoNot) {
  auto plan = planned(made_flux(), TensorType::kF16, ModelPart::kTransformer, "Q4_0");
  for (const char* name :
       {"double_blocks.0.img_mod.lin.weight", "double_blocks.0.txt_attn.qkv.weight",
        "double_blocks.0.img_mlp.2.weight", "single_blocks.0.linear1.weight",
        "single_blocks.0.modulation.lin.weight"})
    EXPECT_EQ(plan[name], "Q4_0") << name;
  for (const char* name :
       {"img_in.weight", "txt_in.weight", "time_in.in_layer.weight", "vector_in.out_layer.weight",
        "guidance_in.in_layer.weight", "final_layer.linear.weight"})
    EXPECT_EQ(plan[name], "F16") << name;
  for (const char* name : {"img_in.bias", "double_blocks.0.img_attn.norm.query_norm.scale",
                           "single_blocks.0.linear1.bias"})
    EXPECT_EQ(plan[name], "F32") << name;
}

TEST(QuantizePlan, WhatIsNotQuantisedKeepsTheRangeOfBF16UnlessF16IsAskedFor) {
  const auto tensors = made_flux();
  auto kept = planned(tensors, TensorType::kBF16, ModelPart::kTransformer, "Q8_0");
  EXPECT_EQ(kept["img_in.weight"], "BF16");
  EXPECT_EQ(kept["single_blocks.0.linear2.weight"], "Q8_0");
  auto asked = planned(tensors, TensorType::kBF16, ModelPart::kTransformer, "F16");
  EXPECT_EQ(asked["img_in.weight"], "F16");
  EXPECT_EQ(asked["single_blocks.0.linear2.weight"], "F16");
  auto wide = planned(tensors, TensorType::kF32, ModelPart::kTransformer, "Q8_0");
  EXPECT_EQ(wide["img_in.weight"], "F16");
}

TEST(QuantizePlan, RowsThatAreNoWholeBlocksStayInHalfPrecision) {
  auto plan = planned(made_flux(128), TensorType::kF16, ModelPart::kTransformer, "Q5_K");
  EXPECT_EQ(plan["double_blocks.0.img_attn.qkv.weight"], "F16");  // 128 a row
  EXPECT_EQ(plan["double_blocks.0.img_mlp.2.weight"], "Q5_K");    // 512 a row
}

TEST(QuantizePlan, AMixMakesATransformersJointQueryKeyValueFiner) {
  auto small = planned(made_flux(), TensorType::kF16, ModelPart::kTransformer, "Q4_K_M");
  EXPECT_EQ(small["double_blocks.0.txt_attn.qkv.weight"], "Q5_K");
  EXPECT_EQ(small["single_blocks.0.linear1.weight"], "Q4_K");
  auto large = planned(made_flux(), TensorType::kF16, ModelPart::kTransformer, "Q5_K_M");
  EXPECT_EQ(large["double_blocks.0.img_attn.qkv.weight"], "Q6_K");
  EXPECT_EQ(large["double_blocks.0.img_attn.proj.weight"], "Q5_K");
}

TEST(QuantizePlan, AT5KeepsItsPositionBiasAndAMixGivesSomeLayersMore) {
  auto plain = planned(made_t5(1), TensorType::kF16, ModelPart::kT5, "Q8_0");
  EXPECT_EQ(plain["enc.blk.0.attn_rel_b.weight"], "F16");
  EXPECT_EQ(plain["enc.blk.0.attn_norm.weight"], "F32");
  EXPECT_EQ(plain["token_embd.weight"], "Q8_0");
  auto mix = planned(made_t5(8), TensorType::kF16, ModelPart::kT5, "Q4_K_M");
  EXPECT_EQ(mix["token_embd.weight"], "Q6_K");
  EXPECT_EQ(mix["enc.blk.3.attn_q.weight"], "Q4_K");
  // Of 8 layers: the first eighth (0), the last (7), and every third after the first (3, 6).
  const std::vector<bool> finer = {true, false, false, true, false, false, true, true};
  for (std::size_t k = 0; k < finer.size(); ++k) {
    const std::string due = finer[k] ? "Q6_K" : "Q4_K", layer = "enc.blk." + std::to_string(k);
    EXPECT_EQ(mix[layer + ".attn_v.weight"], due) << k;
    EXPECT_EQ(mix[layer + ".ffn_down.weight"], due) << k;
  }
}

TEST(QuantizePlan, AQuantisedSourceIsRefusedAndSoAreOtherTypes) {
  const TestFolder folder;
  for (const auto& [type, bytes, words] :
       {std::tuple{2U, 18 * 8, "is quantised already"}, std::tuple{26U, 4 * 256, "is I32"}}) {
    testing::GgufParts parts;
    parts.tensors = {{"blocks", {32, 8}, type, 0}};
    parts.data = std::string(std::size_t(bytes), '\0');
    const auto file = TensorFile::open(folder.write("a.gguf", testing::gguf_file(parts)));
    ASSERT_TRUE(file) << file.error().message;
    const auto types =
        plan_types(*file, ModelPart::kTransformer, quantize_type_by_name("Q8_0").value());
    ASSERT_FALSE(types);
    EXPECT_EQ(types.error().code, ErrorCode::kModelMissing);
    EXPECT_THAT(types.error().message, HasSubstr(words));
    EXPECT_THAT(types.error().message, HasSubstr("give the F16"));
  }
}

TEST(QuantizeType, IsFoundByNameInAnyCaseAndAnUnknownOneListsThemAll) {
  EXPECT_EQ(quantize_type_by_name("q5_k_m").value().name, "Q5_K_M");
  for (const char* name : {"Q3_K", "Q4", "", "Q4_0 "}) {
    const auto type = quantize_type_by_name(name);
    ASSERT_FALSE(type) << name;
    EXPECT_EQ(type.error().code, ErrorCode::kUsage);
    for (const QuantizeType& known : quantize_types())
      EXPECT_THAT(type.error().message, HasSubstr(std::string(known.name)));
  }
}

}  // namespace
}  // namespace pawfect
