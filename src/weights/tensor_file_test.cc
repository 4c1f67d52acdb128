// Weight files from the path to the bytes of a tensor.

#include "weights/tensor_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::string refusal(const std::filesystem::path& path) {
  const auto file = TensorFile::open(path);
  if (file) return "(taken)";
  EXPECT_EQ(file.error().code, ErrorCode::kModelMissing);
  EXPECT_EQ(file.error().message.find('\n'), std::string::npos);
  return file.error().message;
}

// CRC-32 as zlib has it, bit by bit: the files are small.
std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

// expected.json holds what the reference readers say (tests/data/weights/make.py).
TEST(TensorFile, SeesWhatTheReferenceReadersSaw) {
  const auto expected = nlohmann::json::parse(read_all(recorded_weights("expected.json")));
  ASSERT_EQ(expected.size(), 3U);
  for (const auto& [name, due] : expected.items()) {
    const auto file = TensorFile::open(recorded_weights(name));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(format_name(file->format()), due["format"].get<std::string>());
    EXPECT_EQ(file->tensors().size(), due["tensors"].size());
    EXPECT_EQ(file->metadata().values().size(), due["metadata"].size());
    for (const auto& tensor : due["tensors"]) {
      const TensorInfo* ours = file->find(tensor["name"].get<std::string>());
      ASSERT_NE(ours, nullptr) << tensor["name"];
      EXPECT_EQ(type_name(ours->type), tensor["type"].get<std::string>());
      EXPECT_EQ(ours->shape, tensor["shape"].get<std::vector<std::int64_t>>()) << ours->name;
      EXPECT_EQ(ours->offset, tensor["offset"].get<std::uint64_t>()) << ours->name;
      EXPECT_EQ(ours->bytes, tensor["bytes"].get<std::uint64_t>()) << ours->name;
      EXPECT_EQ(crc32_of(file->data(*ours)), tensor["crc32"].get<std::uint32_t>()) << ours->name;
    }
  }
}

TEST(TensorFile, ReadsTheMetadataThatTheReferenceWriterWrote) {
  const auto file = TensorFile::open(recorded_weights("types.gguf"));
  ASSERT_TRUE(file) << file.error().message;
  const auto due =
      nlohmann::json::parse(read_all(recorded_weights("expected.json")))["types.gguf"]["metadata"];
  using nlohmann::json;
  const Metadata& ours = file->metadata();
  for (const char* key : {"test.u8", "test.i16", "test.u32", "test.i32", "test.u64", "test.i64"})
    EXPECT_EQ(json(ours.integer(key).value()), due[key]) << key;
  EXPECT_EQ(json(ours.number("test.f32").value()), due["test.f32"]);
  EXPECT_EQ(json(ours.flag("test.no").value()), due["test.no"]);
  EXPECT_EQ(json(ours.text("test.text").value()), due["test.text"]);
  EXPECT_EQ(json(ours.texts("test.tokens").value()), due["test.tokens"]);
  EXPECT_EQ(json(ours.numbers("test.scores").value()), due["test.scores"]);
  EXPECT_EQ(json(ours.integers("test.kinds").value()), due["test.kinds"]);
  EXPECT_EQ(json(ours.integers("test.charsmap").value()), due["test.charsmap"]);
  EXPECT_EQ(ours.bytes("test.charsmap").value().size(), 256U);
}

TEST(TensorFile, GoesByContentAndNotByName) {
  const TestFolder folder;
  const auto path = folder.write("model.gguf", safetensors_file("{}", ""));
  const auto file = TensorFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->format(), WeightFormat::kSafetensors);
  EXPECT_EQ(file->path(), path);
}

TEST(TensorFile, FindsNothingUnderAnotherName) {
  const auto file = TensorFile::open(recorded_weights("types.gguf"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->find("blocks.Q4_0")->name, "blocks.Q4_0");
  EXPECT_EQ(file->find("model.diffusion_model.blocks.Q4_0"), nullptr);
  EXPECT_EQ(file->find(""), nullptr);
  EXPECT_EQ(file->find("zzz"), nullptr);
}

TEST(TensorFile, GivesNoBytesForATensorOfAnotherFile) {
  const auto file = TensorFile::open(recorded_weights("alignment.gguf"));
  ASSERT_TRUE(file);
  TensorInfo foreign;
  foreign.offset = file->size() - 1;
  foreign.bytes = 2;
  EXPECT_TRUE(file->data(foreign).empty());
  foreign.offset = ~std::uint64_t{0};
  EXPECT_TRUE(file->data(foreign).empty());
}

TEST(TensorFile, KeepsItsViewsWhenMoved) {
  auto file = TensorFile::open(recorded_weights("types.gguf"));
  ASSERT_TRUE(file);
  const auto before = file->metadata().texts("test.tokens").value();
  const TensorFile moved = std::move(*file);
  EXPECT_EQ(moved.metadata().texts("test.tokens").value(), before);
  ASSERT_NE(moved.find("plain.F32"), nullptr);
  EXPECT_EQ(moved.data(*moved.find("plain.F32")).size(), 60U);
}

TEST(TensorFile, LivesWhenTheFileIsCutWhileItIsOpen) {
  const TestFolder folder;
  GgufParts parts;
  parts.tensors = {{.name = "big", .extents = {1U << 20}, .type = 24}};
  parts.data = std::string(1U << 20, '\x01');
  const auto path = folder.write("model.gguf", gguf_file(parts));
  const auto file = TensorFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  std::filesystem::resize_file(path, 100);
  // What is left of the first page is still right; all behind it is zeros.
  const TensorInfo& big = *file->find("big");
  EXPECT_EQ(std::ranges::count(file->data(big), std::byte{1}), std::ptrdiff_t(100 - big.offset));
  EXPECT_TRUE(file->is_damaged());
}

TEST(TensorFile, SaysWhatAFileIsInstead) {
  const TestFolder folder;
  const auto of = [&](std::string_view content) { return refusal(folder.write("m", content)); };
  using namespace std::string_view_literals;
  EXPECT_THAT(of("PK\x03\x04....data.pkl"), HasSubstr("is a PyTorch checkpoint"));
  EXPECT_THAT(of("\x80\x02}q\x00"sv), HasSubstr("is a PyTorch checkpoint"));
  EXPECT_THAT(of("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
              HasSubstr("is a Git LFS pointer"));
  EXPECT_THAT(of("\n <!DOCTYPE html><html>"), HasSubstr("is a web page"));
  EXPECT_THAT(of("<HTML>"), HasSubstr("is a web page"));
  EXPECT_THAT(of(R"({"metadata": {"total_size": 1}, "weight_map": {"a": "b"}})"),
              HasSubstr("is the index of a model in several parts"));
  EXPECT_THAT(of(R"({"error": "not signed in"})"), HasSubstr("is JSON text"));
  EXPECT_THAT(of("tjgg\x03"), HasSubstr("is an older GGML file"));
  EXPECT_THAT(of("\x89HDF\r\n"), HasSubstr("HDF5"));
  EXPECT_THAT(of("hello"), HasSubstr("is neither GGUF nor safetensors"));
  EXPECT_THAT(of(u64(20) + "["), HasSubstr("is neither GGUF nor safetensors"));
  EXPECT_THAT(of(u64(123) + "{}"), HasSubstr("ends inside its header"));  // starts with a brace
  EXPECT_THAT(of("GGUF"), HasSubstr("ends inside its header"));
}

}  // namespace
}  // namespace pawfect
