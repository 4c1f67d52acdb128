// A result appears whole or not at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>

#include "image/test_files.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using testing::read_bytes;
using testing::TemporaryFolder;

std::size_t files_in(const std::filesystem::path& folder) {
  return std::size_t(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(WriteFileAtomically, WritesAndReplacesAndLeavesNothingBesides) {
  TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(ByteVector{1, 2, 3}, folder / "a"));
  ASSERT_TRUE(write_file_atomically(ByteVector{4}, folder / "a"));
  EXPECT_EQ(read_bytes(folder / "a"), ByteVector{4});
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(WriteFileAtomically, KeepsTheModeOfTheFileItReplaces) {
  TemporaryFolder folder;
  testing::write_bytes(folder / "a", {});
  ::chmod((folder / "a").c_str(), 0600);
  ASSERT_TRUE(write_file_atomically(ByteVector{4}, folder / "a"));
  struct stat status{};
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST(WriteFileAtomically, WritesThroughALink) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "there");
  testing::write_bytes(folder / "there/real", ByteVector{1});
  std::filesystem::create_symlink("there/real", folder / "link");
  ASSERT_TRUE(write_file_atomically(ByteVector{9}, folder / "link"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_bytes(folder / "there/real"), ByteVector{9});
}

TEST(WriteFileAtomically, DoesNotReplaceADevice) {
  ASSERT_TRUE(write_file_atomically(ByteVector{1, 2}, "/dev/null"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(WriteFileAtomically, NamesTheMissingFolder) {
  TemporaryFolder folder;
  const auto result = write_file_atomically(ByteVector{1}, folder / "none/a.png");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(result.error().message, HasSubstr("none does not exist; create it first"));
  EXPECT_EQ(files_in(folder.path()), 0u);
}

TEST(WriteFileAtomically, RefusesAFolderAndANameTooLong) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "sub");
  EXPECT_FALSE(write_file_atomically(ByteVector{1}, folder / "sub"));
  EXPECT_FALSE(write_file_atomically(ByteVector{1}, folder / "sub/"));
  EXPECT_FALSE(write_file_atomically(ByteVector{1}, folder / std::string(300, 'x')));
  EXPECT_FALSE(write_file_atomically(ByteVector{1}, ""));
  EXPECT_EQ(files_in(folder.path()), 1u);
  EXPECT_EQ(files_in(folder / "sub"), 0u);
}

TEST(WriteFileAtomically, NamesAFolderThatMayNotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  TemporaryFolder folder;
  std::filesystem::permissions(
      folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const auto result = write_file_atomically(ByteVector{1}, folder / "a.png");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("permissions"));
}

// A limit on the file size stands in for a full disk: the write fails half-way in the same place.
TEST(WriteFileAtomically, LeavesTheOldFileWhenTheDiskIsFull) {
  TemporaryFolder folder;
  testing::write_bytes(folder / "a.png", ByteVector{7});
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto result = write_file_atomically(ByteVector(100'000), folder / "a.png");
    const bool is_good = !result && result.error().code == ErrorCode::kBadInput &&
                         result.error().message.find("disk is full") != std::string::npos;
    _exit(is_good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(read_bytes(folder / "a.png"), ByteVector{7});
  EXPECT_EQ(files_in(folder.path()), 1u);
}

}  // namespace
}  // namespace pawfect
