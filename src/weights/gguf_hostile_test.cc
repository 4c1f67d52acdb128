// Hostile and damaged GGUF files: tensors, counts, alignment. The header is right but for one
// thing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "weights/gguf_reader.h"
#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

// The message of the refusal; it is one line that names the file.
std::string refusal(const std::string& file, const WeightLimits& limits = {}) {
  const auto contents = read_gguf(bytes_of(file), "model.gguf", limits);
  if (contents) return "(taken)";
  EXPECT_EQ(contents.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(contents.error().message, StartsWith("model.gguf: "));
  EXPECT_EQ(contents.error().message.find('\n'), std::string::npos);
  return contents.error().message;
}

std::string refusal(const GgufParts& parts) { return refusal(gguf_file(parts)); }

std::string refusal_of(GgufTensor tensor) {
  GgufParts parts;
  parts.tensors = {std::move(tensor)};
  return refusal(parts);
}

TEST(ReadGguf, RefusesOtherVersionsAndSaysWhichItTakes) {
  GgufParts parts;
  for (const std::uint32_t version : {0U, 1U, 4U, 0xFFFFFFFFU}) {
    parts.version = version;
    EXPECT_THAT(refusal(parts), HasSubstr("where 2 or 3 is due")) << version;
  }
}

TEST(ReadGguf, RefusesBigEndianWithItsReason) {
  GgufParts parts;
  parts.version = 0x03000000;
  EXPECT_THAT(refusal(parts), HasSubstr("big-endian GGUF (version 3)"));
}

TEST(ReadGguf, RefusesCountsThatWouldWrapOrExhaust) {
  for (const std::uint64_t count :
       {kHuge, kHuge / 24 + 1, std::uint64_t{1} << 63, std::uint64_t{100'001}}) {
    GgufParts parts;
    parts.tensor_count = count;
    EXPECT_THAT(refusal(parts), HasSubstr("tensors where at most 100000 are allowed"));
  }
  for (const std::uint64_t count : {kHuge, std::uint64_t{10'001}}) {
    GgufParts parts;
    parts.pair_count = count;
    EXPECT_THAT(refusal(parts), HasSubstr("pairs where at most 10000 are allowed"));
  }
}

TEST(ReadGguf, RefusesCountsThatTheFileIsTooShortFor) {
  GgufParts parts;
  parts.tensor_count = 100'000;
  EXPECT_THAT(refusal(parts), HasSubstr("ends inside its header"));
}

TEST(ReadGguf, RefusesATensorWhoseSizeWraps) {
  EXPECT_THAT(refusal_of({.extents = {std::uint64_t{1} << 32, std::uint64_t{1} << 32}}),
              AllOf(HasSubstr("tensor 'a': its shape"), HasSubstr("larger than any file")));
  // 2^62 elements are a number still; their bytes are not.
  EXPECT_THAT(refusal_of({.extents = {std::uint64_t{1} << 62}}), HasSubstr("larger than any file"));
}

TEST(ReadGguf, SaysThatAnExabyteTensorIsNotAllThere) {
  EXPECT_THAT(refusal_of({.extents = {std::uint64_t{1} << 60}, .type = 24}),
              HasSubstr("bytes before the data of tensor 'a' does"));
}

TEST(ReadGguf, RefusesExtentsOfZeroOrPastTheSign) {
  EXPECT_THAT(refusal_of({.extents = {8, 0}}), HasSubstr("an extent of its shape is 0"));
  EXPECT_THAT(refusal_of({.extents = {kHuge}}), HasSubstr("an extent of its shape is 18446744"));
}

TEST(ReadGguf, RefusesMoreThanFourDimensions) {
  EXPECT_THAT(refusal_of({.extents = {1, 1, 1, 1, 1}}),
              HasSubstr("has 5 dimensions where at most 4 are allowed"));
}

TEST(ReadGguf, RefusesRowsThatAreNotWholeBlocks) {
  EXPECT_THAT(refusal_of({.extents = {33}, .type = 2}),
              HasSubstr("rows of 33 elements are not whole blocks of 32 as Q4_0 has them"));
  EXPECT_THAT(refusal_of({.extents = {128, 2}, .type = 14}), HasSubstr("whole blocks of 256"));
}

TEST(ReadGguf, NamesTensorAndTypeThatItDoesNotTake) {
  EXPECT_THAT(refusal_of({.name = "img_in.weight", .extents = {256}, .type = 10}),
              AllOf(HasSubstr("tensor 'img_in.weight': its type is Q2_K (10)"),
                    HasSubstr("taken are F32, F16, BF16"), HasSubstr("Q6_K")));
  EXPECT_THAT(refusal_of({.type = 16}), HasSubstr("IQ2_XXS (16)"));
  EXPECT_THAT(refusal_of({.type = 34}), HasSubstr("TQ1_0 (34)"));
  EXPECT_THAT(refusal_of({.type = 99}), HasSubstr("the unknown number 99"));
  EXPECT_THAT(refusal_of({.type = 0xFFFFFFFF}), HasSubstr("the unknown number 4294967295"));
}

TEST(ReadGguf, RefusesOffsetsThatLeaveTheFile) {
  EXPECT_THAT(refusal_of({.offset = 32}), HasSubstr("ends 32 bytes before the data of tensor 'a'"));
  EXPECT_THAT(refusal_of({.offset = kHuge - 31}), HasSubstr("leads out of any file"));
  EXPECT_THAT(refusal_of({.offset = kHuge - 127}), HasSubstr("bytes before the data of tensor"));
}

TEST(ReadGguf, RefusesAnOffsetThatIsNotAligned) {
  GgufParts parts;
  parts.tensors = {{.offset = 4}};
  parts.data.resize(64);
  EXPECT_THAT(refusal(parts), HasSubstr("offset 4 is not a multiple of the alignment 32"));
}

TEST(ReadGguf, RefusesTensorsThatShareBytes) {
  GgufParts parts;
  parts.tensors = {{.name = "b", .offset = 32}, {.name = "a", .extents = {9}}};
  parts.data.resize(64);
  EXPECT_THAT(refusal(parts), HasSubstr("tensor 'b': shares bytes with tensor 'a'"));
  parts.tensors = {{.name = "a"}, {.name = "b"}};
  EXPECT_THAT(refusal(parts), HasSubstr("shares bytes with tensor"));
}

TEST(ReadGguf, RefusesANameTwice) {
  GgufParts parts;
  parts.tensors = {{.name = "a"}, {.name = "a", .offset = 32}};
  parts.data.resize(64);
  EXPECT_THAT(refusal(parts), HasSubstr("tensor 'a': the name stands in the file more than once"));
  parts.tensors[1].name = "model.diffusion_model.a";
  EXPECT_THAT(refusal(parts), HasSubstr("tensor 'a': the name stands in the file more than once"));
}

TEST(ReadGguf, RefusesNamesThatCannotBeTensors) {
  EXPECT_THAT(refusal_of({.name = std::string(257, 'x')}),
              HasSubstr("257 bytes where at most 256"));
  EXPECT_THAT(refusal_of({.name = ""}), HasSubstr("its name is empty"));
  EXPECT_THAT(refusal_of({.name = "model.diffusion_model."}), HasSubstr("its name is empty"));
  EXPECT_THAT(refusal_of({.name = "a\nb"}), HasSubstr("tensor 'a?b': its name holds bytes"));
  EXPECT_THAT(refusal_of({.name = std::string("a\0b", 3)}), HasSubstr("not printable ASCII"));
  EXPECT_THAT(refusal_of({.name = "\xFF"}), HasSubstr("not printable ASCII"));
}

TEST(ReadGguf, RefusesAlignmentsThatWrapOrAreNoPowerOfTwo) {
  for (const std::uint64_t alignment :
       {std::uint64_t{0}, std::uint64_t{24}, std::uint64_t{131072}, std::uint64_t{0x80000000}}) {
    GgufParts parts;
    parts.pairs = {gguf_pair("general.alignment", 4, u32(alignment))};
    EXPECT_THAT(refusal(parts), HasSubstr("where a power of two up to 65536 is due")) << alignment;
  }
  GgufParts parts;
  parts.pairs = {gguf_pair("general.alignment", 10, u64(kHuge))};
  EXPECT_THAT(refusal(parts), HasSubstr("general.alignment"));
  parts.pairs = {gguf_pair("general.alignment", 10, u64(std::uint64_t{1} << 62))};
  EXPECT_THAT(refusal(parts), HasSubstr("where a power of two up to 65536 is due"));
  parts.pairs = {gguf_pair("general.alignment", 8, gguf_text("32"))};
  EXPECT_THAT(refusal(parts), HasSubstr("is a string where a whole number is due"));
  parts.pairs = {gguf_pair("general.alignment", 9, u32(4) + u64(1) + u32(32))};
  EXPECT_THAT(refusal(parts), HasSubstr("is an array of 32-bit whole numbers where"));
}

TEST(ReadGguf, CallsATruncatedFileAnIncompleteDownloadWhereverItEnds) {
  GgufParts parts;
  parts.pairs = {gguf_pair("general.architecture", 8, gguf_text("flux")),
                 gguf_pair("scores", 9, u32(6) + u64(2) + u64(0)),
                 gguf_pair("tokens", 9, u32(8) + u64(2) + gguf_text("a") + gguf_text("b"))};
  parts.tensors = {{.name = "img_in.weight"}};
  const std::string whole = gguf_file(parts);
  ASSERT_EQ(refusal(whole), "(taken)");
  for (std::size_t size = 4; size < whole.size(); ++size)
    EXPECT_THAT(refusal(whole.substr(0, size)), HasSubstr("incomplete download: fetch it again"))
        << size;
  EXPECT_THAT(refusal(whole.substr(0, whole.size() - 5)),
              HasSubstr("the file ends 5 bytes before the data of tensor 'img_in.weight' does"));
}

}  // namespace
}  // namespace pawfect
