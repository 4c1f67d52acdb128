#include "flux/memory_plan.h"

#include <gtest/gtest.h>

#include "flux/clip_encoder.h"
#include "flux/t5_encoder.h"
#include "flux/test_fixture.h"
#include "flux/transformer.h"
#include "flux/vae.h"
#include "flux/variant_files.h"

namespace pawfect {
namespace {

const Device& processor() {
  static const Device device = *Device::open(BackendKind::kCpu, 2);
  return device;
}

PlanInput fixture_input() {
  const Manifest manifest = Manifest::built_in().value();
  return {.files = files_of(manifest, **manifest.find("q4_0"), fixture_dir()).value(),
          .t5_length = 64};
}

TEST(PlanMemory, IsWhatTheStagesThenTake) {
  const PlanInput input = fixture_input();
  const auto plan = plan_memory(processor(), input, 96, 64);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->text.size(), 2u);
  ASSERT_EQ(plan->paint.size(), 3u);

  const auto file = TensorFile::open(input.files.transformer);
  auto transformer = FluxTransformer::load(processor(), *file);
  ASSERT_TRUE(transformer);
  ASSERT_TRUE(transformer->prepare(64 / 16, 96 / 16, 64));
  EXPECT_EQ(plan->paint[1].stage, "steps");
  EXPECT_EQ(plan->paint[1].working, transformer->graph_bytes());

  const auto vae_file = TensorFile::open(input.files.vae);
  const auto vae = Vae::load(processor(), *vae_file);
  ASSERT_TRUE(vae);
  EXPECT_EQ(plan->paint[0].working, vae->encoder_memory(96, 64));
  EXPECT_EQ(plan->paint[2].working, vae->decoder_memory(96, 64));
  EXPECT_EQ(plan->paint[2].weights, transformer->weight_bytes() + vae->weight_bytes());

  const auto t5_file = TensorFile::open(input.files.t5);
  auto t5 = T5Encoder::load(processor(), *t5_file);
  ASSERT_TRUE(t5);
  ASSERT_TRUE(t5->encode(std::vector<std::int32_t>(64, 1)));
  EXPECT_EQ(plan->text[0].working, t5->graph_bytes());
  EXPECT_EQ(plan->text[0].weights, t5->weight_bytes());
}

TEST(PlanMemory, GrowsWithThePictureAndTheText) {
  PlanInput input = fixture_input();
  const auto small = plan_memory(processor(), input, 64, 64);
  const auto large = plan_memory(processor(), input, 128, 128);
  input.t5_length = 512;
  const auto wordy = plan_memory(processor(), input, 64, 64);
  ASSERT_TRUE(small && large && wordy);
  EXPECT_GT(large->paint_peak(), small->paint_peak());
  EXPECT_GT(wordy->text_peak(), small->text_peak());
  EXPECT_GT(wordy->paint[1].working, small->paint[1].working);
}

TEST(PlanMemory, CanMeanACardThatIsNotHere) {
  PlanInput input = fixture_input();
  input.kind = BackendKind::kCuda;
  const auto plan = plan_memory(processor(), input, 64, 64);
  ASSERT_TRUE(plan);
  EXPECT_GT(plan->paint[1].working, 0u);
}

TEST(PlanMemory, NamesAFileThatIsMissing) {
  PlanInput input = fixture_input();
  input.files.vae = "nowhere.safetensors";
  const auto plan = plan_memory(processor(), input, 64, 64);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kModelMissing);
  EXPECT_NE(plan.error().message.find("nowhere.safetensors"), std::string::npos);
}

}  // namespace
}  // namespace pawfect
