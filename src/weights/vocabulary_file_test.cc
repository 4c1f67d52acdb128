#include "weights/vocabulary_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "weights/test_files.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using testing::TestFolder;

std::string gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, uLong(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = uInt(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(VocabularyFile, ReadsPlainAndPackedFilesWhateverTheirName) {
  const TestFolder folder;
  const std::string text(1'000'000, 'x');
  EXPECT_EQ(read_vocabulary_file(folder.write("plain.gz", text)), text);
  EXPECT_EQ(read_vocabulary_file(folder.write("packed.txt", gzip(text))), text);
}

TEST(VocabularyFile, RefusesWhatIsNoFile) {
  const TestFolder folder;
  for (const auto& path : {folder.path(""), folder.path("missing")}) {
    const auto read = read_vocabulary_file(path);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kModelMissing);
    EXPECT_THAT(read.error().message, HasSubstr(path.string()));
  }
}

TEST(VocabularyFile, RefusesWhatIsTooLongPackedOrUnpacked) {
  const TestFolder folder;
  const std::string most(kMaxVocabularyBytes, '\0');
  EXPECT_TRUE(read_vocabulary_file(folder.write("most", most)));
  EXPECT_TRUE(read_vocabulary_file(folder.write("most.gz", gzip(most))));
  const auto longer = read_vocabulary_file(folder.write("longer", most + "x"));
  ASSERT_FALSE(longer);
  EXPECT_THAT(longer.error().message, HasSubstr("16 MiB"));
  const auto bomb = read_vocabulary_file(folder.write("bomb.gz", gzip(most + most + most)));
  ASSERT_FALSE(bomb);
  EXPECT_THAT(bomb.error().message, HasSubstr("16 MiB unpacked"));
}

TEST(VocabularyFile, RefusesDamagedGzip) {
  const std::string packed = gzip("the quick brown fox jumps over the lazy dog");
  for (std::size_t length = 2; length < packed.size(); ++length) {
    EXPECT_FALSE(unpacked(packed.substr(0, length), "the.gz")) << length;
  }
  std::string other = packed;
  other[packed.size() - 6] ^= 1;  // the checksum
  EXPECT_FALSE(unpacked(other, "the.gz"));
  EXPECT_FALSE(unpacked(packed + "x", "the.gz"));
  EXPECT_TRUE(unpacked(packed, "the.gz"));
}

}  // namespace
}  // namespace pawfect
