#include "flux/placement_check.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "flux/noise.h"
#include "flux/test_fixture.h"

namespace pawfect {
namespace {

bool is_gelu(const ggml_tensor* node) {
  return node->op == GGML_OP_UNARY && (ggml_get_unary_op(node) == GGML_UNARY_OP_GELU ||
                                       ggml_get_unary_op(node) == GGML_UNARY_OP_GELU_ERF);
}

class PlacementCheck : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(file_) << file_.error().message; }
  FluxTransformer load(const Device& device) {
    return FluxTransformer::load(device, *file_).value();
  }

  Result<TensorFile> file_ = TensorFile::open(fixture_dir() / "flux1-fill-tiny-Q4_0.gguf");
};

TEST_F(PlacementCheck, OfTheProcessorFindsEverythingThere) {
  const auto device = Device::open(BackendKind::kCpu, 2);
  ASSERT_TRUE(device);
  FluxTransformer transformer = load(*device);
  const auto report = run_one_step(transformer);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(check_placement(*report, BackendKind::kCpu));
  EXPECT_TRUE(std::ranges::any_of(report->placement, [](const Placement& placement) {
    return placement.kind == "MUL_MAT" && placement.count > 10;
  }));
  EXPECT_GT(report->seconds, 0);
  EXPECT_GT(report->weight_bytes, 0u);
  EXPECT_GT(report->graph_bytes, 0u);
  EXPECT_EQ(transformer.graph_bytes(), 0u);  // given back
}

TEST_F(PlacementCheck, OfACardThatLacksAKernelIsRefused) {
  const auto card = Device::stand_in(BackendKind::kCuda, 2, is_gelu);
  ASSERT_TRUE(card);
  FluxTransformer transformer = load(*card);
  const auto report = run_one_step(transformer);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kModelMissing);
  EXPECT_NE(report.error().message.find("GELU"), std::string::npos) << report.error().message;
}

TEST_F(PlacementCheck, OfACardWithThePermittedProcessorNamesWhatRanThere) {
  auto card = Device::stand_in(BackendKind::kCuda, 2, is_gelu);
  ASSERT_TRUE(card);
  ASSERT_TRUE(card->permit_processor(2));
  FluxTransformer transformer = load(*card);
  const auto report = run_one_step(transformer);
  ASSERT_TRUE(report) << report.error().message;
  const auto elsewhere = placed_elsewhere(*report, BackendKind::kCuda);
  ASSERT_EQ(elsewhere.size(), 1u);
  EXPECT_EQ(elsewhere[0].backend, BackendKind::kCpu);
  EXPECT_TRUE(elsewhere[0].kind.starts_with("GELU"));
  const auto checked = check_placement(*report, BackendKind::kCuda);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kModelMissing);
  EXPECT_NE(checked.error().message.find(placement_text(elsewhere[0])), std::string::npos);
  EXPECT_NE(checked.error().message.find("--allow-cpu-nodes"), std::string::npos);
}

TEST_F(PlacementCheck, ADividedStepGivesWhatTheUndividedOneGives) {
  auto whole = Device::stand_in(BackendKind::kCuda, 2, [](const ggml_tensor*) { return false; });
  auto divided = Device::stand_in(BackendKind::kCuda, 2, is_gelu);
  ASSERT_TRUE(whole && divided);
  ASSERT_TRUE(divided->permit_processor(2));
  std::vector<std::vector<float>> results;
  for (const Device* device : {&*whole, &*divided}) {
    FluxTransformer transformer = load(*device);
    const FluxSizes& sizes = transformer.sizes();
    const auto prepared = transformer.prepare(4, 6, 64);
    ASSERT_TRUE(prepared) << prepared.error().message;
    transformer.set_prompt(gaussian_noise(1, std::size_t(64) * sizes.context),
                           gaussian_noise(2, std::size_t(sizes.vector)), 30.0f);
    // Twice, as a sampler does.
    for (const float time : {1.0f, 0.5f}) {
      const auto velocity =
          transformer.run(gaussian_noise(3, std::size_t(24) * sizes.in_channels), time);
      ASSERT_TRUE(velocity) << velocity.error().message;
      results.push_back(*velocity);
    }
  }
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(results[1], results[3]);
  EXPECT_NE(results[0], results[1]);
}

}  // namespace
}  // namespace pawfect
