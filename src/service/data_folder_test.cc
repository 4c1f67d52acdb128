#include "service/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace pawfect {
namespace {

class ADataFolder : public testing::Test {
 protected:
  ADataFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pawfect-data.XXXXXX").string();
    root = mkdtemp(name.data());
  }
  ~ADataFolder() override { std::filesystem::remove_all(root); }

  std::filesystem::path root;
};

TEST_F(ADataFolder, IsMadeForItsOwnerOnly) {
  const auto folder = DataFolder::open(root / "a" / "data", DataFolder::Use::kAlone);
  ASSERT_TRUE(folder) << folder.error().message;
  struct stat found{};
  ASSERT_EQ(stat((root / "a" / "data").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  EXPECT_TRUE(std::filesystem::is_directory(folder->spool()));
}

TEST_F(ADataFolder, BelongsToOneProcessAloneOrToSeveralTogether) {
  {
    const auto alone = DataFolder::open(root / "data", DataFolder::Use::kAlone);
    ASSERT_TRUE(alone);
    const auto second = DataFolder::open(root / "data", DataFolder::Use::kAlone);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kUsage);
    EXPECT_NE(second.error().message.find((root / "data").string()), std::string::npos);
    EXPECT_FALSE(DataFolder::open(root / "data", DataFolder::Use::kTogether));
  }
  const auto first = DataFolder::open(root / "data", DataFolder::Use::kTogether);
  const auto second = DataFolder::open(root / "data", DataFolder::Use::kTogether);
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(DataFolder::open(root / "data", DataFolder::Use::kAlone));
}

TEST_F(ADataFolder, ThatCannotBeMadeIsNamed) {
  const auto folder = DataFolder::open("/proc/nothing/here", DataFolder::Use::kAlone);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kUsage);
  EXPECT_NE(folder.error().message.find("/proc/nothing/here"), std::string::npos);
}

}  // namespace
}  // namespace pawfect
