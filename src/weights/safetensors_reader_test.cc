// safetensors files, good and hostile.

#include "weights/safetensors_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string refusal(const std::string& file, const WeightLimits& limits = {}) {
  const auto contents = read_safetensors(bytes_of(file), "vae.safetensors", limits);
  if (contents) return "(taken)";
  EXPECT_EQ(contents.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(contents.error().message, StartsWith("vae.safetensors: "));
  EXPECT_EQ(contents.error().message.find('\n'), std::string::npos);
  return contents.error().message;
}

std::string header_refusal(std::string_view json, std::string_view data = {}) {
  return refusal(safetensors_file(json, data));
}

// A file of one tensor "a" with those fields.
std::string refusal_of(std::string_view dtype, std::string_view shape, std::string_view offsets,
                       std::size_t data) {
  return header_refusal(R"({"a":{"dtype":")" + std::string(dtype) + R"(","shape":)" +
                            std::string(shape) + R"(,"data_offsets":)" + std::string(offsets) +
                            "}}",
                        std::string(data, 'x'));
}

TEST(ReadSafetensors, FindsTensorsAndTurnsTheirShapes) {
  const std::string file = safetensors_file(
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]},)"
      R"("scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}    )",
      std::string(16, 'x'));
  const auto contents = read_safetensors(bytes_of(file), "vae.safetensors", {});
  ASSERT_TRUE(contents) << contents.error().message;
  ASSERT_THAT(contents->tensors, SizeIs(2));
  EXPECT_EQ(contents->tensors[0].name, "w");
  EXPECT_EQ(contents->tensors[0].type, TensorType::kF16);
  EXPECT_THAT(contents->tensors[0].shape, ElementsAre(3, 2));
  EXPECT_EQ(contents->tensors[0].offset, file.size() - 12);
  EXPECT_EQ(contents->tensors[0].bytes, 12U);
  EXPECT_THAT(contents->tensors[1].shape, IsEmpty());
  EXPECT_EQ(contents->metadata.text("format"), "pt");
}

TEST(ReadSafetensors, TakesAFileWithoutTensors) { EXPECT_EQ(header_refusal("{}"), "(taken)"); }

TEST(ReadSafetensors, TakesThePrefixOffAndRefusesWhatThatMakesTwice) {
  const std::string entry = R"(":{"dtype":"U8","shape":[1],"data_offsets":)";
  const std::string file = R"({"model.diffusion_model.a)" + entry + R"([0,1]},")";
  EXPECT_EQ(header_refusal(file + "b" + entry + "[1,2]}}", "xx"), "(taken)");
  EXPECT_THAT(header_refusal(file + "a" + entry + "[1,2]}}", "xx"), HasSubstr("more than once"));
}

TEST(ReadSafetensors, RefusesHeadersThatAreTooLongOrCut) {
  EXPECT_THAT(refusal(u64(16 * 1024 * 1024 + 1) + "{}"), HasSubstr("at most 16777216 are allowed"));
  EXPECT_THAT(refusal(u64(~std::uint64_t{0}) + "{}"), HasSubstr("at most 16777216 are allowed"));
  EXPECT_THAT(refusal(u64(100) + "{}"), HasSubstr("ends inside its header"));
  EXPECT_THAT(refusal(u64(0)), HasSubstr("is not a safetensors file"));
  EXPECT_THAT(refusal(std::string("{}")), HasSubstr("is not a safetensors file"));
}

TEST(ReadSafetensors, CallsATruncatedFileAnIncompleteDownload) {
  EXPECT_THAT(refusal_of("F32", "[4]", "[0,16]", 11),
              HasSubstr("ends 5 bytes before the data of tensor 'a' does; it is probably an "
                        "incomplete download"));
}

TEST(ReadSafetensors, RefusesHolesOverlapAndRest) {
  const auto two = [](std::string_view first, std::string_view second, std::size_t data) {
    return header_refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + std::string(first) +
                              R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" +
                              std::string(second) + "}}",
                          std::string(data, 'x'));
  };
  EXPECT_EQ(two("[0,4]", "[4,8]", 8), "(taken)");
  EXPECT_EQ(two("[4,8]", "[0,4]", 8), "(taken)");
  EXPECT_THAT(two("[0,4]", "[3,7]", 7), HasSubstr("tensor 'b': shares bytes with tensor 'a'"));
  EXPECT_THAT(two("[0,4]", "[0,4]", 4), HasSubstr("shares bytes with tensor"));
  EXPECT_THAT(two("[0,4]", "[5,9]", 9), HasSubstr("tensor 'b': 1 bytes before it belong to no"));
  EXPECT_THAT(two("[1,5]", "[5,9]", 9), HasSubstr("tensor 'a': 1 bytes before it belong to no"));
  EXPECT_THAT(two("[0,4]", "[4,8]", 9), HasSubstr("1 bytes after the last tensor belong to none"));
}

TEST(ReadSafetensors, RefusesOffsetsThatDoNotFitTheShape) {
  EXPECT_THAT(refusal_of("F32", "[4]", "[0,15]", 15), HasSubstr("do not hold 4 elements of F32"));
  EXPECT_THAT(refusal_of("F32", "[4]", "[16,0]", 16), HasSubstr("offsets 16 to 0 do not hold"));
  EXPECT_THAT(refusal_of("U8", "[4294967296,4294967296]", "[0,0]", 0),
              HasSubstr("do not hold more than 2^63-1 elements"));
  EXPECT_THAT(refusal_of("F64", "[4611686018427387904]", "[0,0]", 0), HasSubstr("do not hold"));
}

TEST(ReadSafetensors, RefusesEmptyTensorsAndHugeExtents) {
  EXPECT_THAT(refusal_of("F32", "[4,0]", "[0,0]", 0), HasSubstr("an extent of its shape is 0"));
  EXPECT_THAT(refusal_of("F32", "[18446744073709551615]", "[0,4]", 4), HasSubstr("an extent"));
}

TEST(ReadSafetensors, RefusesNumbersThatAreNotCounts) {
  EXPECT_THAT(refusal_of("U8", "[-4]", "[0,4]", 4), HasSubstr("has a negative number"));
  EXPECT_THAT(refusal_of("U8", "[4]", "[-4,0]", 4), HasSubstr("has a negative number"));
  EXPECT_THAT(refusal_of("U8", "[4.0]", "[0,4]", 4), HasSubstr("a number that is not whole"));
  EXPECT_THAT(refusal_of("U8", "[4e0]", "[0,4]", 4), HasSubstr("a number that is not whole"));
  EXPECT_THAT(refusal_of("U8", "[99999999999999999999]", "[0,4]", 4), HasSubstr("not whole"));
  EXPECT_THAT(refusal_of("U8", "4", "[0,4]", 4), HasSubstr("entry 'a' has a number where none"));
  EXPECT_THAT(refusal_of("U8", "[4]", "[0]", 4), HasSubstr("data_offsets has less than two"));
  EXPECT_THAT(refusal_of("U8", "[4]", "[0,4,4]", 4), HasSubstr("data_offsets has over two"));
  EXPECT_THAT(refusal_of("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]", 1), HasSubstr("over 8 dimensions"));
}

TEST(ReadSafetensors, NamesTheTypeThatItDoesNotTake) {
  EXPECT_THAT(refusal_of("F8_E4M3", "[4]", "[0,4]", 4),
              AllOf(HasSubstr("tensor 'a': is FP8 (F8_E4M3)"), HasSubstr("GGUF in Q8_0")));
  EXPECT_THAT(refusal_of("F8_E5M2", "[4]", "[0,4]", 4), HasSubstr("FP8 files are not taken"));
  EXPECT_THAT(refusal_of("C64", "[4]", "[0,4]", 4),
              HasSubstr("its dtype is C64, which is not taken; taken are F64, F32, F16, BF16"));
}

TEST(ReadSafetensors, RefusesDeepJsonAtOnce) {
  const std::string deep(1'000'000, '[');
  EXPECT_THAT(header_refusal("{\"a\":" + deep),
              HasSubstr("entry 'a' has an array where none may stand"));
  std::string objects = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(header_refusal(objects), HasSubstr("has the unknown field 'a'"));
  EXPECT_THAT(refusal_of("U8", deep, "[0,4]", 4), HasSubstr("has an array where none may stand"));
}

TEST(ReadSafetensors, RefusesDuplicateKeys) {
  const std::string entry = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_THAT(header_refusal("{" + entry + "," + entry + "}", "x"), HasSubstr("more than once"));
  EXPECT_THAT(header_refusal(R"({"a":{"dtype":"U8","dtype":"U8"}})"), HasSubstr("has dtype twice"));
  EXPECT_THAT(header_refusal(R"({"a":{"shape":[],"shape":[1]}})"), HasSubstr("has shape twice"));
  EXPECT_THAT(header_refusal(R"({"__metadata__":{},"__metadata__":{}})"),
              HasSubstr("stands in the header"));
  EXPECT_THAT(header_refusal(R"({"__metadata__":{"k":"1","k":"2"}})"),
              HasSubstr("its key 'k' stands"));
}

TEST(ReadSafetensors, RefusesWhatIsNotOfTheForm) {
  for (const std::string_view json :
       {R"({"a":1})", R"({"a":"x"})", R"({"a":null})", R"({"a":true})", R"({"a":{}})",
        R"({"a":{"dtype":1}})", R"({"a":{"dtype":""}})", R"({"a":{"other":1}})",
        R"({"__metadata__":{"k":1}})", R"({"__metadata__":{"":"x"}})", R"({"__metadata__":[]})",
        R"({"a":{"dtype":["U8"]}})", R"({"a":{"shape":{}}})", R"({"a":{"shape":["1"]}})", "{",
        "{}x", "{\"\xFF\":{}}", "{} {}", R"({"a":{"dtype":"U8","shape":[1]}})"})
    EXPECT_THAT(header_refusal(json), HasSubstr("the file is damaged or hostile")) << json;
}

TEST(ReadSafetensors, KeepsTheLimitsItIsGiven) {
  WeightLimits limits;
  limits.max_tensors = 1;
  const std::string entry = R"(":{"dtype":"U8","shape":[1],"data_offsets":)";
  EXPECT_THAT(refusal(safetensors_file(R"({"a)" + entry + R"([0,1]},"b)" + entry + "[1,2]}}", "xx"),
                      limits),
              HasSubstr("over 1 tensors"));
  limits = {};
  limits.max_keys = 1;
  EXPECT_THAT(refusal(safetensors_file(R"({"__metadata__":{"a":"1","b":"2"}})", ""), limits),
              HasSubstr("has over 1 keys"));
}

}  // namespace
}  // namespace pawfect
