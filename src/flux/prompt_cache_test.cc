#include "flux/prompt_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "flux/prompt_hashes.h"
#include "weights/test_files.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;
using testing::read_all, testing::TestFolder;

PromptEmbedding some_embedding() {
  return {.t5 = {1.0f, -2.5f, 1e-30f, 3e20f, 0.1f, -0.0f},
          .pooled = {0.3f, 7.0f},
          .length = 2,
          .t5_truncated = true,
          .clip_truncated = false};
}

Digest key_of(std::uint8_t number) {
  Digest key{};
  key[0] = number;
  return key;
}

fs::path only_file(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  EXPECT_EQ(files.size(), 1u);
  return files.empty() ? fs::path() : files.front();
}

TEST(PromptCache, GivesBackExactlyWhatWasStored) {
  const TestFolder folder;
  const PromptCache cache(folder.path("a/b"));
  EXPECT_FALSE(cache.find(key_of(1)));
  const auto stored = cache.store(key_of(1), some_embedding());
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(cache.find(key_of(1)), some_embedding());
  EXPECT_FALSE(cache.find(key_of(2)));
}

TEST(PromptCache, DropsAnEntryWithAnyByteChangedOrLost) {
  const TestFolder folder;
  const PromptCache cache(folder.path("cache"));
  ASSERT_TRUE(cache.store(key_of(1), some_embedding()));
  const fs::path file = only_file(cache.folder());
  const std::string good = read_all(file);
  for (std::size_t at = 0; at <= good.size(); ++at) {
    for (const bool is_cut : {false, true}) {
      std::string bad = is_cut ? good.substr(0, at) : good;
      if (!is_cut && at < bad.size()) bad[at] = char(bad[at] ^ 0x10);
      if (bad == good) continue;
      std::ofstream(file, std::ios::binary) << bad;
      ASSERT_FALSE(cache.find(key_of(1))) << at;
      ASSERT_FALSE(fs::exists(file)) << at;
    }
  }
  ASSERT_TRUE(cache.store(key_of(1), some_embedding()));
  EXPECT_EQ(cache.find(key_of(1)), some_embedding());
}

TEST(PromptCache, DoesNotTakeOneEntryForAnother) {
  const TestFolder folder;
  const PromptCache cache(folder.path("cache"));
  ASSERT_TRUE(cache.store(key_of(1), some_embedding()));
  fs::rename(only_file(cache.folder()), cache.folder() / (hex(key_of(2)) + ".prompt"));
  EXPECT_FALSE(cache.find(key_of(2)));
}

TEST(PromptCache, KeepsNothingWithoutAFolderAndSaysWhenAFolderCannotBeWritten) {
  const PromptCache none{fs::path()};
  EXPECT_TRUE(none.store(key_of(1), some_embedding()));
  EXPECT_FALSE(none.find(key_of(1)));

  const TestFolder folder;
  const PromptCache blocked(folder.write("file", "not a folder") / "cache");
  const auto stored = blocked.store(key_of(1), some_embedding());
  ASSERT_FALSE(stored);
  EXPECT_NE(stored.error().message.find("prompt cache cannot be written"), std::string::npos);
}

TEST(PromptCache, IsForItsOwnerAlone) {
  const TestFolder folder;
  const PromptCache cache(folder.path("cache"));
  ASSERT_TRUE(cache.store(key_of(1), some_embedding()));
  EXPECT_EQ(fs::status(cache.folder()).permissions(), fs::perms::owner_all);
}

TEST(FileHashes, ReadsAFileOnceAndRemembersItInTheFolder) {
  const TestFolder folder;
  const fs::path file = folder.write("weights", "abc");
  FileHashes first(folder.path("hashes"));
  const std::string due = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(hex(first.hash(file).value()), due);
  EXPECT_EQ(hex(first.hash(file).value()), due);
  EXPECT_EQ(first.computed(), 1);
  FileHashes second(folder.path("hashes"));
  EXPECT_EQ(hex(second.hash(file).value()), due);
  EXPECT_EQ(second.computed(), 0);
}

TEST(FileHashes, ReadsAFileAgainThatWasReplacedThoughItsSizeAndTimeAreTheSame) {
  const TestFolder folder;
  const fs::path file = folder.write("weights", "abc");
  FileHashes hashes(folder.path("hashes"));
  const Digest before = hashes.hash(file).value();
  const auto time = fs::last_write_time(file);
  fs::rename(folder.write("other", "xyz"), file);
  fs::last_write_time(file, time);
  EXPECT_NE(hex(hashes.hash(file).value()), hex(before));
  EXPECT_EQ(hashes.computed(), 2);
}

TEST(FileHashes, DoesNotTrustADamagedMemory) {
  const TestFolder folder;
  const fs::path file = folder.write("weights", "abc");
  const Digest due = FileHashes(folder.path("hashes")).hash(file).value();
  const fs::path memory = only_file(folder.path("hashes"));
  std::string text = read_all(memory);
  char& digit = text[text.size() - 70];  // of the file's digest
  digit = digit == '0' ? '1' : '0';
  std::ofstream(memory, std::ios::binary) << text;
  FileHashes again(folder.path("hashes"));
  EXPECT_EQ(hex(again.hash(file).value()), hex(due));
  EXPECT_EQ(again.computed(), 1);
}

TEST(FileHashes, SaysWhatIsWrongWithAFileAndStopsWhenAsked) {
  const TestFolder folder;
  FileHashes hashes{fs::path()};
  EXPECT_EQ(hashes.hash(folder.path("nothing")).error().code, ErrorCode::kModelMissing);
  std::stop_source stop;
  stop.request_stop();
  const fs::path file = folder.write("weights", "abc");
  EXPECT_EQ(hashes.hash(file, stop.get_token()).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace pawfect
