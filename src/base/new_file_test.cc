#include "base/new_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace pawfect {
namespace {

namespace fs = std::filesystem;

class NewFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pawfect-new-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
  }
  std::string content(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  mode_t mode(const std::string& name) const {
    struct stat status{};
    return ::stat((folder_ / name).c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
  }
  std::ptrdiff_t count() const { return std::distance(fs::directory_iterator(folder_), {}); }

  fs::path folder_;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text));
}

TEST_F(NewFileTest, TakesItsNameOnlyWhenItIsWhole) {
  put("a", "older");
  auto file = NewFile::create(folder_ / "a");
  ASSERT_TRUE(file);
  ASSERT_EQ(file->write(bytes_of("new")), 0);
  EXPECT_EQ(content("a"), "older");
  ASSERT_EQ(file->finish(), 0);
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(count(), 1);
}

TEST_F(NewFileTest, LeavesNothingWhenItIsGivenUp) {
  {
    auto file = NewFile::create(folder_ / "a");
    ASSERT_TRUE(file);
    const NewFile moved = std::move(*file);
    EXPECT_EQ(count(), 1);
  }
  EXPECT_EQ(count(), 0);
}

TEST_F(NewFileTest, LeavesNothingWhenItCannotTakeItsName) {
  auto file = NewFile::create(folder_ / "a");
  ASSERT_TRUE(file);
  fs::create_directory(folder_ / "a");
  put("a/inside", "");
  EXPECT_NE(file->finish_unsynced(), 0);
  EXPECT_EQ(count(), 1);
}

TEST_F(NewFileTest, IsAsLongAsWhatWasWrittenWhateverRoomWasAskedFor) {
  auto file = NewFile::create(folder_ / "a", 0600);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->reserve(100'000), 0);
  EXPECT_EQ(file->write(bytes_of("ab")), 0);
  EXPECT_EQ(file->write(bytes_of("c")), 0);
  EXPECT_EQ(file->finish(), 0);
  EXPECT_EQ(content("a"), "abc");
  EXPECT_EQ(mode("a"), 0600U);
}

TEST_F(NewFileTest, GivesTheErrorOfTheSystem) {
  const auto file = NewFile::create(folder_ / "none" / "a");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error(), ENOENT);
}

TEST_F(NewFileTest, ADestinationIsTheFileBehindALinkWithItsMode) {
  put("real", "");
  ::chmod((folder_ / "real").c_str(), 0640);
  fs::create_symlink("real", folder_ / "link");
  const auto found = find_destination(folder_ / "link");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path.filename(), "real");
  EXPECT_EQ(found->mode, mode_t{0640});
  EXPECT_FALSE(found->is_special);
  ASSERT_EQ(write_whole_file(*found, bytes_of("x")), 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(content("real"), "x");
  EXPECT_EQ(mode("real"), 0640U);
}

TEST_F(NewFileTest, ADestinationIsNoFolderAndTellsADevice) {
  for (const fs::path& path : {folder_, folder_ / ""}) {
    const auto found = find_destination(path);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), EISDIR);
  }
  const auto nothing = find_destination(folder_ / "none");
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->mode);
  EXPECT_FALSE(nothing->is_special);
  const auto device = find_destination("/dev/null");
  ASSERT_TRUE(device);
  EXPECT_TRUE(device->is_special);
}

}  // namespace
}  // namespace pawfect
