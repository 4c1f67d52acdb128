// Whatever happens to the bytes of a good file, it is read or refused, never more than that, and
// what is read stays inside the file.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "weights/gguf_reader.h"
#include "weights/safetensors_reader.h"
#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;

Result<FileContents> read(const std::string& file, bool is_gguf) {
  return is_gguf ? read_gguf(bytes_of(file), "bad", {})
                 : read_safetensors(bytes_of(file), "bad", {});
}

void expect_inside(const FileContents& contents, std::uint64_t size) {
  for (const TensorInfo& tensor : contents.tensors) {
    EXPECT_LE(tensor.offset, size);
    EXPECT_LE(tensor.bytes, size - tensor.offset);
  }
  for (const auto& [key, value] : contents.metadata.values()) {
    const auto* array = std::get_if<MetadataArray>(&value);
    const bool is_texts = array != nullptr && array->element == ValueType::kString;
    EXPECT_TRUE(!is_texts || contents.metadata.texts(key)) << key;
  }
}

std::string damaged(std::string file, std::mt19937& random) {
  // The header is the first part: most of the damage goes there.
  const std::size_t reach = std::min<std::size_t>(file.size(), random() % 4 == 0 ? 1U << 20 : 2000);
  for (auto flips = random() % 4; flips > 0; --flips) {
    char& byte = file[random() % reach];
    byte =
        static_cast<char>(random() % 2 == 0 ? random() : std::uint8_t(byte) ^ 1U << random() % 8);
  }
  if (random() % 3 == 0) file.resize(random() % file.size());
  return file;
}

class DamagedFile : public ::testing::TestWithParam<const char*> {};

TEST_P(DamagedFile, IsReadOrRefusedAndNothingElse) {
  const std::string good = read_all(recorded_weights(GetParam()));
  ASSERT_FALSE(good.empty());
  std::mt19937 random(7);
  int taken = 0;
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string bad = damaged(good, random);
    const auto contents = read(bad, good.starts_with("GGUF"));
    if (contents) {
      ++taken;
      expect_inside(*contents, bad.size());
      continue;
    }
    ++refused;
    EXPECT_EQ(contents.error().code, ErrorCode::kModelMissing);
    EXPECT_EQ(contents.error().message.find('\n'), std::string::npos);
  }
  EXPECT_GT(taken, 500);  // the damage is not so heavy that only the first check is seen
  EXPECT_GT(refused, 500);
}

INSTANTIATE_TEST_SUITE_P(Recorded, DamagedFile,
                         ::testing::Values("types.gguf", "alignment.gguf", "types.safetensors"));

}  // namespace
}  // namespace pawfect
