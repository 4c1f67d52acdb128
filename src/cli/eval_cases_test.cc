#include "cli/eval_cases.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace pawfect {
namespace {

namespace fs = std::filesystem;

class EvalCasesTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            fmt::format("{}.{}", testing::UnitTest::GetInstance()->current_test_info()->name(),
                        getpid());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name) << text;
  }

  fs::path root_;
};

TEST_F(EvalCasesTest, GoesByNamesWithoutAManifest) {
  write("dog_on_lawn.jpg", "x");
  write("dog_on_lawn_gt.mask.png", "x");
  write("dog_on_lawn_remove.mask.png", "x");
  write("cat.png", "x");
  write("cat.mask.png", "x");
  write("orphan_gt.mask.png", "x");
  const auto cases = find_eval_cases(root_);
  ASSERT_TRUE(cases) << cases.error().message;
  ASSERT_EQ(cases->size(), 3u);
  EXPECT_EQ((*cases)[0].name, "cat");
  EXPECT_TRUE((*cases)[0].has_truth);
  EXPECT_EQ((*cases)[1].name, "dog_on_lawn_gt");
  EXPECT_EQ((*cases)[1].photo.filename(), "dog_on_lawn.jpg");
  EXPECT_TRUE((*cases)[1].has_truth);
  EXPECT_FALSE((*cases)[2].has_truth);
}

TEST_F(EvalCasesTest, FollowsTheManifestWhenThereIsOne) {
  write("a.png", "x");
  write("m.png", "x");
  write("manifest.json",
        R"({"photos":[{"file":"a.png","masks":[{"case":"one","file":"m.png","kind":"gt"},
                                               {"case":"two","file":"m.png","kind":"removal"}]}]})");
  const auto cases = find_eval_cases(root_);
  ASSERT_TRUE(cases) << cases.error().message;
  ASSERT_EQ(cases->size(), 2u);
  EXPECT_TRUE((*cases)[0].has_truth);
  EXPECT_EQ((*cases)[1].name, "two");
  EXPECT_FALSE((*cases)[1].has_truth);
}

TEST_F(EvalCasesTest, RefusesADamagedManifest) {
  for (const char* text :
       {"{", "[]", "3", R"({"photos":7})", R"({"photos":[{"masks":[{"file":1}]}]})"}) {
    write("manifest.json", text);
    const auto cases = find_eval_cases(root_);
    ASSERT_FALSE(cases) << text;
    EXPECT_EQ(cases.error().code, ErrorCode::kBadInput);
  }
}

TEST_F(EvalCasesTest, NamesTheFileThatAManifestMisses) {
  write("manifest.json",
        R"({"photos":[{"file":"gone.png","masks":[{"case":"one","file":"m.png"}]}]})");
  const auto cases = find_eval_cases(root_);
  ASSERT_FALSE(cases);
  EXPECT_NE(cases.error().message.find("gone.png"), std::string::npos);
}

TEST_F(EvalCasesTest, RefusesAFolderWithoutCases) {
  EXPECT_FALSE(find_eval_cases(root_));
  EXPECT_FALSE(find_eval_cases(root_ / "nowhere"));
}

}  // namespace
}  // namespace pawfect
