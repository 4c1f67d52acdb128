#include "models/quantize_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "flux/weight_kind.h"
#include "models/made_models.h"
#include "tensor/tensor_types.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using testing::made_number, testing::TestFolder;

struct Converted {
  Result<void> done;
  std::string bytes;
  std::uint64_t elements = 0;
};

Converted convert(const TensorFile& file, TensorType type, int threads, std::stop_token stop = {}) {
  Converted out;
  const TensorWork work{.source = file,
                        .tensor = file.tensors().front(),
                        .type = type,
                        .threads = threads,
                        .stop = std::move(stop)};
  out.done = convert_tensor(work, [&](std::span<const std::byte> bytes, std::uint64_t count) {
    out.bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    out.elements += count;
    return Result<void>();
  });
  return out;
}

std::vector<float> made_numbers(std::uint64_t count) {
  std::vector<float> numbers(count);
  for (std::uint64_t k = 0; k < count; ++k) numbers[k] = made_number("a", k);
  return numbers;
}

TensorFile made_file(const TestFolder& folder, std::vector<std::int64_t> shape, TensorType type) {
  return TensorFile::open(
             folder.write("a.gguf", testing::made_gguf({{"a", std::move(shape)}}, type)))
      .value();
}

std::string quantised_by_ggml(const std::vector<float>& numbers, std::int64_t row,
                              TensorType type) {
  const ggml_type to = *ggml_type_of(type);
  const std::int64_t rows = std::int64_t(numbers.size()) / row;
  std::string bytes(ggml_row_size(to, row) * std::size_t(rows), '\0');
  ggml_quantize_chunk(to, numbers.data(), bytes.data(), 0, rows, row, nullptr);
  return bytes;
}

// The most that a number within -1..1 may be off. Types with a smallest value: half a level. Those
// around zero: a whole one, at the end that lacks a level. K types: a whole level, because their
// scales are rounded too and chosen to lose little in the mean.
double worst_due(TensorType type) {
  constexpr double kScaleInHalfPrecision = 1.002;
  switch (type) {
    case TensorType::kQ4_0:
      return kScaleInHalfPrecision / 8;
    case TensorType::kQ4_1:
      return kScaleInHalfPrecision / 15;
    case TensorType::kQ5_0:
      return kScaleInHalfPrecision / 16;
    case TensorType::kQ5_1:
      return kScaleInHalfPrecision / 31;
    case TensorType::kQ8_0:
      return kScaleInHalfPrecision / 254 + 1.0 / 2048;
    case TensorType::kQ4_K:
      return 2.0 / 15;
    case TensorType::kQ5_K:
      return 2.0 / 31;
    case TensorType::kQ6_K:
      return 1.0 / 32;
    default:
      return 0;  // the numbers are exact in half precision
  }
}

class EveryType : public ::testing::TestWithParam<TensorType> {};

TEST_P(EveryType, IsWhatGgmlMakesOfWholeRowsWhateverTheThreadsAndTheSource) {
  const TestFolder folder;
  const std::int64_t row = 768, rows = 70;  // more than three pieces, and a part of one
  const auto numbers = made_numbers(std::uint64_t(row * rows));
  const std::string due = quantised_by_ggml(numbers, row, GetParam());
  for (const TensorType source : {TensorType::kF32, TensorType::kF16, TensorType::kBF16}) {
    const TensorFile file = made_file(folder, {row, rows}, source);
    for (const int threads : {1, 3}) {
      const Converted got = convert(file, GetParam(), threads);
      ASSERT_TRUE(got.done) << got.done.error().message;
      EXPECT_EQ(got.elements, numbers.size());
      EXPECT_TRUE(got.bytes == due) << type_name(source) << ", " << threads << " threads";
    }
  }
}

TEST_P(EveryType, ReadBackIsAsCloseToTheSourceAsItsLevelsAre) {
  const TestFolder folder;
  const auto numbers = made_numbers(768 * 16);
  const Converted got = convert(made_file(folder, {768, 16}, TensorType::kF32), GetParam(), 2);
  ASSERT_TRUE(got.done);
  std::vector<float> back(numbers.size());
  if (GetParam() == TensorType::kF32) {
    std::memcpy(back.data(), got.bytes.data(), got.bytes.size());
  } else {
    ggml_get_type_traits(*ggml_type_of(GetParam()))
        ->to_float(got.bytes.data(), back.data(), std::int64_t(back.size()));
  }
  double worst = 0;
  for (std::size_t k = 0; k < back.size(); ++k)
    worst = std::max(worst, std::abs(double(back[k]) - numbers[k]));
  EXPECT_LE(worst, worst_due(GetParam()));
  EXPECT_EQ(worst > 0, is_quantised(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Types, EveryType,
                         ::testing::Values(TensorType::kF32, TensorType::kF16, TensorType::kBF16,
                                           TensorType::kQ4_0, TensorType::kQ4_1, TensorType::kQ5_0,
                                           TensorType::kQ5_1, TensorType::kQ8_0, TensorType::kQ4_K,
                                           TensorType::kQ5_K, TensorType::kQ6_K),
                         [](const auto& test) { return std::string(type_name(test.param)); });

TEST(ConvertTensor, ALargeTensorGoesOutInSlabs) {
  const TestFolder folder;
  const std::int64_t row = 4096, rows = 1030;  // a slab of 4 Mi elements and six rows
  const TensorFile file = made_file(folder, {row, rows}, TensorType::kF16);
  int slabs = 0;
  std::string bytes;
  const TensorWork work{.source = file,
                        .tensor = file.tensors().front(),
                        .type = TensorType::kQ8_0,
                        .threads = 2,
                        .stop = {}};
  const auto done = convert_tensor(work, [&](std::span<const std::byte> slab, std::uint64_t) {
    ++slabs;
    bytes.append(reinterpret_cast<const char*>(slab.data()), slab.size());
    return Result<void>();
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(slabs, 2);
  EXPECT_TRUE(bytes ==
              quantised_by_ggml(made_numbers(std::uint64_t(row * rows)), row, TensorType::kQ8_0));
}

TEST(ConvertTensor, ASafetensorsAtAnOddAddressIsRead) {
  const TestFolder folder;
  std::string json = R"({"a":{"dtype":"F32","shape":[2,32],"data_offsets":[0,256]}})";
  while (json.size() % 2 == 0) json += ' ';
  const std::string data = testing::made_bytes({"a", {32, 2}}, TensorType::kF32);
  const auto file =
      TensorFile::open(folder.write("a.safetensors", testing::safetensors_file(json, data)));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().front().offset % 2, 1U);
  const Converted got = convert(*file, TensorType::kQ4_0, 1);
  EXPECT_TRUE(got.bytes == quantised_by_ggml(made_numbers(64), 32, TensorType::kQ4_0));
}

TEST(ConvertTensor, ANumberThatTheTypeCannotHoldIsNamedByItsPlace) {
  const TestFolder folder;
  const std::int64_t row = 256, rows = 300;
  const auto with = [&](float number, TensorType to, int threads) {
    auto numbers = made_numbers(std::uint64_t(row * rows));
    numbers[40000] = numbers[70000] = number;
    testing::GgufParts parts;
    parts.tensors = {{"a", {std::uint64_t(row), std::uint64_t(rows)}, 0, 0}};
    parts.data.assign(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 4);
    const auto file = TensorFile::open(folder.write("a.gguf", testing::gguf_file(parts)));
    const auto done = convert(*file, to, threads).done;
    return done ? "" : done.error().message;
  };
  for (const float number : {NAN, INFINITY, -INFINITY}) {
    for (const TensorType to : {TensorType::kQ5_K, TensorType::kF16, TensorType::kF32}) {
      for (const int threads : {1, 4}) {
        const std::string message = with(number, to, threads);
        EXPECT_THAT(message, HasSubstr("tensor 'a': element 40000 is "));
        EXPECT_THAT(message, HasSubstr("finite"));
      }
    }
  }
  EXPECT_THAT(with(1e5F, TensorType::kQ8_0, 2), HasSubstr("element 40000 is 100000 where Q8_0"));
  EXPECT_THAT(with(-1e5F, TensorType::kF16, 2), HasSubstr("65504"));
  EXPECT_EQ(with(1e5F, TensorType::kBF16, 2), "");
}

TEST(ConvertTensor, StopsWhenAskedToAndWhenTheSlabIsNotTaken) {
  const TestFolder folder;
  const TensorFile file = made_file(folder, {256, 300}, TensorType::kF16);
  std::stop_source stop;
  stop.request_stop();
  const Converted stopped = convert(file, TensorType::kQ5_K, 2, stop.get_token());
  ASSERT_FALSE(stopped.done);
  EXPECT_EQ(stopped.done.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(stopped.bytes.empty());

  const TensorWork work{.source = file,
                        .tensor = file.tensors().front(),
                        .type = TensorType::kQ8_0,
                        .threads = 1,
                        .stop = {}};
  const auto full = convert_tensor(work, [](std::span<const std::byte>, std::uint64_t) {
    return Result<void>(fail(ErrorCode::kBadInput, "full"));
  });
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().message, "full");
}

}  // namespace
}  // namespace pawfect
