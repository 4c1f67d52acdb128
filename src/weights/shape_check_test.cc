// A sound file against the table of an architecture.

#include "weights/shape_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// A file of bytes with tensors of these names and shapes.
class ShapeCheck : public ::testing::Test {
 protected:
  TensorFile file_with(const std::vector<std::pair<std::string, std::vector<std::uint64_t>>>& all) {
    GgufParts parts;
    parts.data.clear();
    for (const auto& [name, extents] : all) {
      parts.tensors.push_back(
          {.name = name, .extents = extents, .type = 24, .offset = parts.data.size()});
      parts.data.resize(parts.data.size() + 1024);
    }
    auto file = TensorFile::open(folder_.write("model.gguf", gguf_file(parts)));
    EXPECT_TRUE(file) << file.error().message;
    return std::move(*file);
  }

  std::string differences(const TensorFile& file, const std::vector<ExpectedTensor>& expected,
                          ExtraPolicy extra = ExtraPolicy::kRefuse) {
    const auto done = check_shapes(file, expected, extra);
    if (done) return "(fits)";
    EXPECT_EQ(done.error().code, ErrorCode::kModelMissing);
    EXPECT_EQ(done.error().message.find('\n'), std::string::npos);
    return done.error().message;
  }

  TestFolder folder_;
};

TEST_F(ShapeCheck, TakesAFileThatFits) {
  const TensorFile file = file_with({{"a", {4, 2}}, {"b", {4}}});
  EXPECT_EQ(differences(file, {{"a", {4, 2}}, {"b", {4}}}), "(fits)");
  EXPECT_EQ(differences(file, {{"a", {4, 2, 1, 1}}, {"b", {4, 1}}}), "(fits)");
  EXPECT_EQ(differences(file, {{"a", {4, 2}}, {"b", {4}}, {"c", {9}, false}}), "(fits)");
}

TEST_F(ShapeCheck, NamesEachKindOfDifference) {
  const TensorFile file = file_with({{"img_in.weight", {64, 8}}, {"lora.up", {4}}, {"bias", {3}}});
  const std::string message = differences(
      file, {{"img_in.weight", {384, 8}}, {"txt_in.weight", {8}}, {"bias", {2}, false}});
  EXPECT_THAT(message, HasSubstr("'img_in.weight' has shape [64, 8] where [384, 8] is due"));
  EXPECT_THAT(message, HasSubstr("'txt_in.weight' is missing"));
  EXPECT_THAT(message, HasSubstr("'bias' has shape [3] where [2] is due"));
  EXPECT_THAT(message, HasSubstr("'lora.up' is not known to this architecture"));
  EXPECT_THAT(message, HasSubstr("model.gguf: "));
}

TEST_F(ShapeCheck, DoesNotTakeATransposedShape) {
  EXPECT_THAT(differences(file_with({{"a", {4, 2}}}), {{"a", {2, 4}}}), HasSubstr("[4, 2] where"));
  EXPECT_THAT(differences(file_with({{"a", {1, 4}}}), {{"a", {4, 1}}}), HasSubstr("[1, 4] where"));
}

TEST_F(ShapeCheck, IgnoresUnknownTensorsWhenToldTo) {
  const TensorFile file = file_with({{"a", {4}}, {"logit_scale", {1}}});
  EXPECT_EQ(differences(file, {{"a", {4}}}, ExtraPolicy::kIgnore), "(fits)");
  EXPECT_THAT(differences(file, {{"a", {4}}}), HasSubstr("'logit_scale' is not known"));
}

TEST_F(ShapeCheck, ListsTheFirstFiveAndCountsTheRest) {
  std::vector<ExpectedTensor> expected;
  for (int i = 0; i < 8; ++i) expected.push_back({"layer." + std::to_string(i), {4}});
  const std::string message = differences(file_with({{"x", {1}}}), expected);
  EXPECT_THAT(message, HasSubstr("'layer.4' is missing; and 4 more"));
  EXPECT_THAT(message, Not(HasSubstr("layer.5")));
  EXPECT_THAT(message, EndsWith("give the file of the right model"));
}

TEST_F(ShapeCheck, KnowsTheNamesOfDiffusers) {
  EXPECT_TRUE(looks_like_diffusers(file_with({{"transformer_blocks.0.attn.to_q.weight", {4}}})));
  EXPECT_TRUE(looks_like_diffusers(file_with({{"encoder.down_blocks.0.resnets.0", {4}}})));
  EXPECT_FALSE(looks_like_diffusers(file_with({{"double_blocks.0.img_attn.qkv.weight", {4}}})));
  EXPECT_FALSE(looks_like_diffusers(file_with({{"encoder.down.0.block.0.conv1.weight", {4}}})));
}

}  // namespace
}  // namespace pawfect
