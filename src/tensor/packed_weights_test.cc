#include <ggml.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "tensor/device.h"
#include "tensor/graph.h"
#include "tensor/model_weights.h"
#include "weights/test_files.h"

namespace pawfect {
namespace {

constexpr std::int64_t kWidth = 512;

std::vector<float> random_numbers(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(engine);
  return values;
}

// A GGUF with one matrix of that type.
std::filesystem::path write_matrix(const testing::TestFolder& folder, ggml_type type,
                                   std::int64_t rows) {
  const std::vector<float> values = random_numbers(std::size_t(kWidth * rows), 1);
  testing::GgufParts parts;
  parts.data.assign(std::size_t(rows) * ggml_row_size(type, kWidth), '\0');
  ggml_quantize_chunk(type, values.data(), parts.data.data(), 0, rows, kWidth, nullptr);
  parts.tensors = {{.name = "matrix",
                    .extents = {std::uint64_t(kWidth), std::uint64_t(rows)},
                    .type = std::uint32_t(type)}};
  return folder.write("matrix.gguf", testing::gguf_file(parts));
}

struct Product {
  std::vector<float> values;
  std::uint64_t copied_bytes;
};

Product multiply(const std::filesystem::path& path, bool packs, int columns) {
  const Device device = Device::open(BackendKind::kCpu, 2).value();
  const TensorFile file = TensorFile::open(path).value();
  LoadOptions options;
  options.packs = packs;
  const ModelWeights weights = ModelWeights::load(device, file, options).value();
  Graph graph(device, 8);
  ggml_tensor* x = graph.input("x", GGML_TYPE_F32, {kWidth, columns});
  ggml_tensor* y = ggml_mul_mat(graph.context(), weights.find("matrix"), x);
  graph.output("y", y);
  EXPECT_TRUE(graph.finish());
  graph.set(x, random_numbers(std::size_t(kWidth * columns), 2));
  EXPECT_TRUE(graph.run());
  return {graph.get(y), weights.copied_bytes()};
}

double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double error = 0, norm = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    error += std::pow(double(a[k]) - double(b[k]), 2);
    norm += std::pow(double(b[k]), 2);
  }
  return std::sqrt(error / norm);
}

TEST(PackedWeights, GiveTheProductThatTheRowsOfTheFileGive) {
  const testing::TestFolder folder;
  for (const ggml_type type : {GGML_TYPE_Q4_0, GGML_TYPE_Q4_1, GGML_TYPE_Q5_0, GGML_TYPE_Q8_0,
                               GGML_TYPE_Q4_K, GGML_TYPE_Q5_K, GGML_TYPE_Q6_K}) {
    const auto path = write_matrix(folder, type, 96);
    for (const int columns : {1, 7, 64}) {
      const Product packed = multiply(path, true, columns);
      const Product mapped = multiply(path, false, columns);
      // Both round the columns to 8 bits, not in the same blocks.
      EXPECT_LT(difference(packed.values, mapped.values), 0.015)
          << ggml_type_name(type) << ", " << columns << " columns";
    }
  }
}

TEST(PackedWeights, AreCopiesOnlyWhereTheProcessorHasAnOrderOfItsOwn) {
  const testing::TestFolder folder;
  const auto path = write_matrix(folder, GGML_TYPE_Q4_0, 96);
  EXPECT_EQ(multiply(path, false, 7).copied_bytes, 0);
  const auto odd = write_matrix(folder, GGML_TYPE_Q4_0, 7);  // rows that fill no block
  EXPECT_EQ(multiply(odd, true, 7).copied_bytes, 0);
}

}  // namespace
}  // namespace pawfect
