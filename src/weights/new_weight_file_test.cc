#include "weights/new_weight_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>
#include <vector>

#include "weights/test_files.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;
using testing::bytes_of;
using ::testing::HasSubstr;
using testing::TestFolder;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

TEST(NewWeightFile, APlaceThatCannotBeWrittenToIsRefusedWithTheReason) {
  const TestFolder folder;
  folder.write("plain", "x");
  const auto reason = [](const fs::path& path) {
    const auto file = NewWeightFile::create(path, 10);
    return file ? "" : file.error().message;
  };
  EXPECT_THAT(reason(folder.path("missing") / "a.gguf"), HasSubstr("does not exist"));
  EXPECT_THAT(reason(folder.path("plain") / "a.gguf"), HasSubstr("does not exist"));
  EXPECT_THAT(reason(folder.path("")), HasSubstr("is a folder"));
  EXPECT_THAT(reason(folder.path(".")), HasSubstr("is a folder"));
  EXPECT_THAT(reason("/dev/null"), HasSubstr("a device"));
}

TEST(NewWeightFile, AFullDiskIsToldBeforeAnythingIsWritten) {
  const TestFolder folder;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto told_at_once = NewWeightFile::create(folder.path("a"), 8192);
  // Where no room can be reserved the write itself fails.
  auto file = NewWeightFile::create(folder.path("b"), 0);
  const auto written = file ? file->write(bytes_of(std::string(8192, 'x'))) : Result<void>();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);

  ASSERT_FALSE(told_at_once);
  EXPECT_EQ(told_at_once.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(told_at_once.error().message, HasSubstr("disk is full"));
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("disk is full"));
  file = NewWeightFile::create(folder.path("c"), 0);
  EXPECT_EQ(names_in(folder.path("")).size(), 1U) << "only the file that is still open";
}

TEST(NewWeightFile, ALinkStaysALinkAndTheFileItNamesIsReplaced) {
  const TestFolder folder;
  fs::create_directory(folder.path("real"));
  folder.write("real/a", "older");
  fs::create_symlink(folder.path("real/a"), folder.path("link"));
  auto file = NewWeightFile::create(folder.path("link"), 3);
  ASSERT_TRUE(file && file->write(bytes_of("new")) && file->finish());
  EXPECT_TRUE(fs::is_symlink(folder.path("link")));
  EXPECT_EQ(testing::read_all(folder.path("real/a")), "new");
}

}  // namespace
}  // namespace pawfect
