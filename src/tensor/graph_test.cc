#include "tensor/graph.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pawfect {
namespace {

bool is_silu(const ggml_tensor* node) {
  return node->op == GGML_OP_UNARY && ggml_get_unary_op(node) == GGML_UNARY_OP_SILU;
}

// silu(x + x) x x through a view, so that a node that moves has neighbours on both sides.
struct SmallGraph {
  explicit SmallGraph(const Device& device) : graph(device, 16) {
    ggml_context* c = graph.context();
    x = graph.input("x", GGML_TYPE_F32, {4});
    ggml_tensor* curved = ggml_silu(c, ggml_add(c, x, x));
    y = ggml_mul(c, ggml_reshape_2d(c, curved, 2, 2), ggml_reshape_2d(c, x, 2, 2));
    graph.output("y", y);
  }
  std::vector<float> run(std::vector<float> values) {
    graph.set(x, values);
    const auto done = graph.run();
    EXPECT_TRUE(done) << done.error().message;
    return graph.get(y);
  }

  Graph graph;
  ggml_tensor *x = nullptr, *y = nullptr;
};

std::vector<std::string> lines(const Graph& graph) {
  std::vector<std::string> out;
  for (const Placement& placement : graph.placement()) out.push_back(placement_text(placement));
  return out;
}

TEST(Graph, RunsWhereItsDeviceIsAndSaysSo) {
  const auto device = Device::open(BackendKind::kCpu, 1);
  ASSERT_TRUE(device);
  SmallGraph small(*device);
  ASSERT_TRUE(small.graph.finish());
  EXPECT_EQ(lines(small.graph),
            (std::vector<std::string>{"1 ADD on cpu", "1 MUL on cpu", "1 SILU on cpu"}));
  EXPECT_NEAR(small.run({1, 2, 3, 4})[0], 1.7615942f, 1e-5);
}

TEST(Graph, RefusesANodeThatItsCardHasNoKernelFor) {
  const auto card = Device::stand_in(BackendKind::kCuda, 1, is_silu);
  ASSERT_TRUE(card);
  SmallGraph small(*card);
  const auto finished = small.graph.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::kModelMissing);
  EXPECT_NE(finished.error().message.find("backend cuda"), std::string::npos);
  EXPECT_NE(finished.error().message.find("SILU"), std::string::npos);
}

TEST(Graph, RunsOnTheProcessorOnlyWhatItsCardCannotOncePermittedAndSaysSo) {
  auto card = Device::stand_in(BackendKind::kCuda, 1, is_silu);
  ASSERT_TRUE(card);
  ASSERT_TRUE(card->permit_processor(1));
  SmallGraph small(*card);
  const auto finished = small.graph.finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(lines(small.graph),
            (std::vector<std::string>{"1 ADD on cuda", "1 MUL on cuda", "1 SILU on cpu"}));
  EXPECT_GT(small.graph.memory_bytes(), 0u);

  const auto device = Device::open(BackendKind::kCpu, 1);
  ASSERT_TRUE(device);
  SmallGraph plain(*device);
  ASSERT_TRUE(plain.graph.finish());
  // Twice: a graph is built once and run once a step.
  for (const std::vector<float>& values : {std::vector<float>{1, -2, 3, 4}, {0, 7, -3, 0.5f}})
    EXPECT_EQ(small.run(values), plain.run(values));
}

TEST(Graph, StaysOnItsCardWhenNothingNeedsTheProcessorThatIsPermitted) {
  auto card = Device::stand_in(BackendKind::kCuda, 1, [](const ggml_tensor*) { return false; });
  ASSERT_TRUE(card);
  ASSERT_TRUE(card->permit_processor(1));
  SmallGraph small(*card);
  ASSERT_TRUE(small.graph.finish());
  EXPECT_EQ(lines(small.graph),
            (std::vector<std::string>{"1 ADD on cuda", "1 MUL on cuda", "1 SILU on cuda"}));
}

TEST(Graph, ADividedGraphIsCancelledToo) {
  auto card = Device::stand_in(BackendKind::kCuda, 1, is_silu);
  ASSERT_TRUE(card);
  ASSERT_TRUE(card->permit_processor(1));
  SmallGraph small(*card);
  ASSERT_TRUE(small.graph.finish());
  small.graph.set(small.x, std::vector<float>{1, 2, 3, 4});
  std::stop_source stop;
  stop.request_stop();
  const auto done = small.graph.run(stop.get_token());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
}

TEST(Device, TheProcessorNeedsNoHelper) {
  auto device = Device::open(BackendKind::kCpu, 1);
  ASSERT_TRUE(device);
  ASSERT_TRUE(device->permit_processor(1));
  EXPECT_EQ(device->helper(), nullptr);
}

}  // namespace
}  // namespace pawfect
