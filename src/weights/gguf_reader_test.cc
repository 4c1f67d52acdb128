// What the GGUF reader sees in good files.

#include "weights/gguf_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::SizeIs;

Result<FileContents> read(const std::string& file) {
  return read_gguf(bytes_of(file), "model.gguf", {});
}

TEST(ReadGguf, FindsTensorsAndMetadata) {
  GgufParts parts;
  parts.pairs = {gguf_pair("general.architecture", 8, gguf_text("flux")),
                 gguf_pair("general.file_type", 4, u32(17))};
  parts.tensors = {{.name = "img_in.weight", .extents = {4, 2}},
                   {.name = "img_in.bias", .extents = {2}, .offset = 32}};
  parts.data.resize(64);
  const std::string file = gguf_file(parts);
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().message;
  ASSERT_THAT(contents->tensors, SizeIs(2));
  const TensorInfo& weight = contents->tensors[0];
  EXPECT_EQ(weight.name, "img_in.weight");
  EXPECT_EQ(weight.type, TensorType::kF32);
  EXPECT_THAT(weight.shape, ElementsAre(4, 2));
  EXPECT_EQ(weight.bytes, 32U);
  EXPECT_EQ(weight.offset, file.size() - 64);
  EXPECT_EQ(contents->tensors[1].offset, file.size() - 32);
  EXPECT_THAT(contents->by_name, ElementsAre(1, 0));
  EXPECT_EQ(contents->metadata.text("general.architecture"), "flux");
  EXPECT_EQ(contents->metadata.integer("general.file_type"), 17);
}

TEST(ReadGguf, TakesVersionTwoAsWell) {
  GgufParts parts;
  parts.version = 2;
  parts.tensors = {{}};
  EXPECT_TRUE(read(gguf_file(parts)));
}

TEST(ReadGguf, TakesAVocabularyWithoutTensors) {
  GgufParts parts;
  parts.pairs = {gguf_pair("tokenizer.ggml.model", 8, gguf_text("t5"))};
  std::string file = gguf_file(parts);
  file.resize(24 + parts.pairs[0].size());  // neither padding nor data
  EXPECT_TRUE(read(file));
}

TEST(ReadGguf, TakesAScalarAndGapsAndTrailingBytes) {
  GgufParts parts;
  parts.tensors = {{.name = "scalar", .extents = {}, .offset = 64}, {.name = "b"}};
  parts.data.resize(200);
  const auto contents = read(gguf_file(parts));
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->tensors[0].bytes, 4U);
}

TEST(ReadGguf, TakesThePrefixOffNameByName) {
  GgufParts parts;
  parts.tensors = {{.name = "model.diffusion_model.img_in.weight"},
                   {.name = "vae.decoder", .offset = 32}};
  parts.data.resize(64);
  const auto contents = read(gguf_file(parts));
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->tensors[0].name, "img_in.weight");
  EXPECT_EQ(contents->tensors[1].name, "vae.decoder");
}

TEST(ReadGguf, CountsDataFromTheAlignmentThatTheFileGives) {
  GgufParts parts;
  parts.pairs = {gguf_pair("general.alignment", 4, u32(256))};
  parts.alignment = 256;
  parts.tensors = {{}};
  const std::string file = gguf_file(parts);
  const auto contents = read(file);
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->tensors[0].offset, 256U);
  EXPECT_EQ(file.size(), 256U + 32U);
}

struct TypeCase {
  std::uint32_t number;
  std::string_view name;
  std::uint64_t elements, bytes;
};

// Sizes of a block as gguf.GGML_QUANT_SIZES of the reference package gives them.
TEST(ReadGguf, KnowsTheSizeOfEveryTypeItTakes) {
  for (const auto& [number, name, elements, bytes] : {TypeCase{0, "F32", 1, 4},
                                                      {1, "F16", 1, 2},
                                                      {2, "Q4_0", 32, 18},
                                                      {3, "Q4_1", 32, 20},
                                                      {6, "Q5_0", 32, 22},
                                                      {7, "Q5_1", 32, 24},
                                                      {8, "Q8_0", 32, 34},
                                                      {12, "Q4_K", 256, 144},
                                                      {13, "Q5_K", 256, 176},
                                                      {14, "Q6_K", 256, 210},
                                                      {24, "I8", 1, 1},
                                                      {25, "I16", 1, 2},
                                                      {26, "I32", 1, 4},
                                                      {27, "I64", 1, 8},
                                                      {28, "F64", 1, 8},
                                                      {30, "BF16", 1, 2}}) {
    GgufParts parts;
    parts.tensors = {{.extents = {elements * 2, 3}, .type = number}};
    parts.data.resize(bytes * 6);
    const auto contents = read(gguf_file(parts));
    ASSERT_TRUE(contents) << contents.error().message;
    EXPECT_EQ(type_name(contents->tensors[0].type), name);
    EXPECT_EQ(block_size(contents->tensors[0].type), int(elements)) << name;
    EXPECT_EQ(block_bytes(contents->tensors[0].type), bytes) << name;
    EXPECT_EQ(contents->tensors[0].bytes, bytes * 6) << name;
  }
}

}  // namespace
}  // namespace pawfect
