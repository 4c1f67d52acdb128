#include "weights/gguf_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "weights/tensor_file.h"
#include "weights/test_files.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;
using testing::bytes_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestFolder;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

GgufHeader two_tensors() {
  return {.pairs = {gguf_text_pair("general.architecture", "flux"),
                    gguf_number_pair("general.file_type", 7)},
          .tensors = {{"odd", TensorType::kF16, {3, 1}}, {"blocks", TensorType::kQ8_0, {64, 2}}}};
}

TEST(GgufWriter, WhatIsWrittenInPiecesIsReadBackWhole) {
  const TestFolder folder;
  auto writer = GgufWriter::create(folder.path("a.gguf"), two_tensors());
  ASSERT_TRUE(writer) << writer.error().message;
  const std::string odd = "abcdef", blocks(4 * 34, 'q');
  ASSERT_TRUE(writer->write(bytes_of(odd)));
  ASSERT_TRUE(writer->write(bytes_of(blocks).first(35)));
  ASSERT_TRUE(writer->write(bytes_of(blocks).subspan(35)));
  EXPECT_FALSE(fs::exists(folder.path("a.gguf"))) << "it has its name only when it is whole";
  ASSERT_TRUE(writer->finish());
  EXPECT_THAT(names_in(folder.path("")), ElementsAre("a.gguf"));

  const auto file = TensorFile::open(folder.path("a.gguf"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->size(), writer->file_bytes());
  EXPECT_EQ(file->size() % 32, 0U);
  EXPECT_EQ(file->metadata().text("general.architecture").value(), "flux");
  EXPECT_EQ(file->metadata().integer("general.file_type").value(), 7);
  ASSERT_EQ(file->tensors().size(), 2U);
  const TensorInfo& first = file->tensors()[0];
  const TensorInfo& second = file->tensors()[1];
  EXPECT_EQ(first.name, "odd");
  EXPECT_THAT(first.shape, ElementsAre(3, 1));
  EXPECT_EQ(second.type, TensorType::kQ8_0);
  EXPECT_EQ(first.offset % 32, 0U);
  EXPECT_EQ(second.offset, first.offset + 32);
  EXPECT_EQ(std::memcmp(file->data(first).data(), odd.data(), odd.size()), 0);
  EXPECT_EQ(std::memcmp(file->data(second).data(), blocks.data(), blocks.size()), 0);
}

TEST(GgufWriter, StoredPairsOfAnotherFileAreCopiedAsTheyAre) {
  const TestFolder folder;
  testing::GgufParts parts;
  parts.pairs = {
      testing::gguf_pair("tiny", 0, std::string(1, '\x05')),
      testing::gguf_pair("list", 9,
                         testing::u32(5) + testing::u64(2) + testing::u32(1) + testing::u32(2))};
  const auto source = TensorFile::open(folder.write("source.gguf", testing::gguf_file(parts)));
  ASSERT_TRUE(source) << source.error().message;
  GgufHeader header;
  for (const StoredPair& pair : source->stored_pairs())
    header.pairs.emplace_back(reinterpret_cast<const char*>(pair.bytes.data()), pair.bytes.size());
  EXPECT_EQ(header.pairs, parts.pairs);

  auto writer = GgufWriter::create(folder.path("copy.gguf"), header);
  ASSERT_TRUE(writer && writer->finish());
  const auto copy = TensorFile::open(folder.path("copy.gguf"));
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copy->metadata().integer("tiny").value(), 5);
  EXPECT_THAT(copy->metadata().integers("list").value(), ElementsAre(1, 2));
}

TEST(GgufWriter, AnUnfinishedFileLeavesNothingAndAnOlderOneStays) {
  const TestFolder folder;
  folder.write("a.gguf", "older");
  {
    auto writer = GgufWriter::create(folder.path("a.gguf"), two_tensors());
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(bytes_of("abcdef")));
    const auto early = writer->finish();
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, ErrorCode::kBug);
  }
  EXPECT_THAT(names_in(folder.path("")), ElementsAre("a.gguf"));
  EXPECT_EQ(testing::read_all(folder.path("a.gguf")), "older");
}

TEST(GgufWriter, MoreBytesThanAnnouncedAreRefused) {
  const TestFolder folder;
  auto writer = GgufWriter::create(folder.path("a.gguf"), two_tensors());
  ASSERT_TRUE(writer);
  const auto done = writer->write(bytes_of("abcdefg"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kBug);
}

TEST(GgufWriter, ATensorThatAGgufCannotHoldIsNamed) {
  const TestFolder folder;
  for (const GgufHeader::Tensor& tensor :
       {GgufHeader::Tensor{"five", TensorType::kF16, {1, 1, 1, 1, 1}},
        GgufHeader::Tensor{"flags", TensorType::kBool, {8}},
        GgufHeader::Tensor{"huge", TensorType::kF32, {1LL << 40, 1LL << 40}}}) {
    const auto writer =
        GgufWriter::create(folder.path("a.gguf"), {.pairs = {}, .tensors = {tensor}});
    ASSERT_FALSE(writer) << tensor.name;
    EXPECT_EQ(writer.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(writer.error().message, HasSubstr("'" + tensor.name + "'"));
  }
  EXPECT_TRUE(names_in(folder.path("")).empty());
}

}  // namespace
}  // namespace pawfect
