#include "flux/transformer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>

#include "flux/packing.h"
#include "flux/test_fixture.h"

namespace pawfect {
namespace {

// ||a - b|| / ||b||
double relative(std::span<const float> a, std::span<const float> b) {
  EXPECT_EQ(a.size(), b.size());
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    difference += std::pow(double(a[i]) - b[i], 2);
    size += double(b[i]) * b[i];
  }
  return std::sqrt(difference / size);
}

class Reference {
 public:
  Reference() : file_(TensorFile::open(fixture_dir() / "reference.safetensors")) {}
  std::vector<float> floats(const std::string& name) const {
    const TensorInfo* info = file_->find(name);
    EXPECT_NE(info, nullptr) << name;
    return info == nullptr ? std::vector<float>{} : *read_floats(*file_, *info);
  }

 private:
  Result<TensorFile> file_;
};

struct Try {
  BackendKind graph_of;
  const char* file;
  Precision precision;
  const char* expected;  // prefix of "out"
  double limit;
};

void PrintTo(const Try& t, std::ostream* out) {
  *out << t.file << " on " << backend_name(t.graph_of);
}

class TransformerStep : public testing::TestWithParam<Try> {};

TEST_P(TransformerStep, GivesWhatTheReferenceGives) {
  const Try& t = GetParam();
  const auto path = fixture_dir() / t.file;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const Reference reference;
  const auto device = Device::stand_in(t.graph_of, 2, {});
  ASSERT_TRUE(device) << device.error().message;
  const auto file = TensorFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  auto model = FluxTransformer::load(*device, *file, t.precision);
  ASSERT_TRUE(model) << model.error().message;
  const auto prepared = model->prepare(6, 8, 512);
  ASSERT_TRUE(prepared) << prepared.error().message;
  const std::string name = "case.grass_128x96.";
  const auto sigmas = reference.floats(name + "sigmas");
  const auto cond = reference.floats(name + "cond"), latents = reference.floats(name + "latents");
  const auto out = reference.floats(t.expected + std::string("out"));
  model->set_prompt(reference.floats("prompt.0.t5_hidden"),
                    reference.floats("prompt.0.clip_pooled"), 30.0f);
  std::vector<float> x = reference.floats(name + "latents_start");
  const std::size_t n = x.size();
  for (std::size_t step = 0; step + 1 < sigmas.size(); ++step) {
    const auto velocity = model->run(join_tokens(x, cond), sigmas[step]);
    ASSERT_TRUE(velocity) << velocity.error().message;
    const auto due = std::span(out).subspan(step * n, n);
    const double error = relative(*velocity, due);
    std::printf("%s step %zu: %.2e\n", t.file, step, error);
    EXPECT_LT(error, t.limit) << "step " << step;
    for (std::size_t i = 0; i < n; ++i) x[i] += (sigmas[step + 1] - sigmas[step]) * due[i];
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, TransformerStep,
    testing::Values(
        Try{BackendKind::kCpu, "flux1-fill-tiny-F16.gguf", Precision::kF32, "case.grass_128x96.",
            1e-4},
        Try{BackendKind::kCpu, "flux1-fill-tiny-F16.gguf", Precision::kStored, "case.grass_128x96.",
            5e-3},
        Try{BackendKind::kCpu, "flux1-fill-tiny-Q8_0.gguf", Precision::kStored, "quant.Q8_0.",
            3e-2},
        Try{BackendKind::kCpu, "flux1-fill-tiny-Q4_0.gguf", Precision::kStored, "quant.Q4_0.",
            3e-2},
        Try{BackendKind::kCpu, "flux1-fill-tiny-Q4_0.gguf", Precision::kF32, "quant.Q4_0.", 1e-4},
        Try{BackendKind::kCpu, "flux1-fill-tiny-Q5_K_M.gguf", Precision::kStored, "quant.Q5_K_M.",
            3e-2},
        // The graphs of a card, run by the processor.
        Try{BackendKind::kCuda, "flux1-fill-tiny-Q4_0.gguf", Precision::kF32, "quant.Q4_0.", 1e-3},
        Try{BackendKind::kCuda, "flux1-fill-tiny-Q4_0.gguf", Precision::kStored, "quant.Q4_0.",
            3e-2},
        Try{BackendKind::kCuda, "flux1-fill-tiny-Q4_0.gguf", Precision::kHalf, "quant.Q4_0.", 5e-3},
        Try{BackendKind::kVulkan, "flux1-fill-tiny-Q4_0.gguf", Precision::kStored, "quant.Q4_0.",
            3e-2}),
    [](const auto& one) {
      std::string name = std::string(backend_name(one.param.graph_of)) + "_" + one.param.file +
                         "_" + std::to_string(int(one.param.precision));
      std::ranges::replace_if(name, [](char c) { return !std::isalnum(c); }, '_');
      return name;
    });

}  // namespace
}  // namespace pawfect
