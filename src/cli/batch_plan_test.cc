#include "cli/batch_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>

#include "cli/picture_names.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

class BatchPlanTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            fmt::format("{}.{}", testing::UnitTest::GetInstance()->current_test_info()->name(),
                        getpid());
    fs::remove_all(root_);
    for (const char* folder : {"photos", "masks"}) fs::create_directories(root_ / folder);
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path touch(const std::string& name) const {
    std::ofstream(root_ / name) << "x";
    return root_ / name;
  }
  BatchFolders folders() const { return {root_ / "photos", root_ / "masks", root_ / "out"}; }

  fs::path root_;
};

TEST_F(BatchPlanTest, PairsEachPhotoWithTheMaskOfItsName) {
  touch("photos/b.jpg");
  touch("photos/a.PNG");
  touch("masks/a.png");
  touch("masks/b_mask.png");
  const auto plan = plan_batch(folders());
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->items.size(), 2u);
  EXPECT_EQ(plan->items[0].image.filename(), "a.PNG");
  EXPECT_EQ(plan->items[0].mask.filename(), "a.png");
  EXPECT_EQ(plan->items[0].out, root_ / "out" / "a.PNG");
  EXPECT_EQ(plan->items[1].mask.filename(), "b_mask.png");
}

TEST_F(BatchPlanTest, KeepsAPhotoWithoutMaskInThePlan) {
  touch("photos/a.png");
  const auto plan = plan_batch(folders());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->items.at(0).mask.empty());
}

TEST_F(BatchPlanTest, TakesOneMaskForAll) {
  touch("photos/a.png");
  touch("photos/b.png");
  BatchFolders all = folders();
  all.masks = touch("photos/everywhere.png");
  const auto plan = plan_batch(all);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->items.size(), 2u);  // the mask itself is no photo
  EXPECT_EQ(plan->items[1].mask, all.masks);
}

TEST_F(BatchPlanTest, FindsMasksBesideThePhotosAndNeverFillsThem) {
  touch("photos/a.png");
  touch("photos/a.mask.png");
  BatchFolders beside = folders();
  beside.masks = beside.photos;
  const auto plan = plan_batch(beside);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->items.size(), 1u);
  EXPECT_EQ(plan->items[0].mask.filename(), "a.mask.png");
}

TEST_F(BatchPlanTest, CountsOtherFilesAndPassesOverHiddenOnes) {
  touch("photos/a.png");
  touch("photos/notes.txt");
  touch("photos/.hidden.png");
  const auto plan = plan_batch(folders());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->items.size(), 1u);
  EXPECT_EQ(plan->ignored, 1);
}

TEST_F(BatchPlanTest, RefusesToWriteOverThePhotos) {
  touch("photos/a.png");
  BatchFolders onto = folders();
  onto.out = onto.photos;
  const auto plan = plan_batch(onto);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kUsage);
}

TEST_F(BatchPlanTest, RefusesFoldersThatAreMissingOrEmpty) {
  const auto empty = plan_batch(folders());
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().message.find("no photo"), std::string::npos);
  BatchFolders missing = folders();
  missing.photos = root_ / "nowhere";
  EXPECT_EQ(plan_batch(missing).error().code, ErrorCode::kBadInput);
  missing = folders();
  missing.masks = root_ / "nowhere";
  EXPECT_EQ(plan_batch(missing).error().code, ErrorCode::kBadInput);
  missing = folders();
  missing.out = root_ / "not" / "there";
  EXPECT_EQ(plan_batch(missing).error().code, ErrorCode::kBadInput);
}

TEST_F(BatchPlanTest, AnOutputIsUpToDateUntilPhotoOrMaskIsNewer) {
  const BatchItem item{touch("photos/a.png"), touch("masks/a.png"), root_ / "a.png"};
  EXPECT_FALSE(is_up_to_date(item));
  touch("a.png");
  const auto now = fs::last_write_time(item.out);
  fs::last_write_time(item.image, now - std::chrono::seconds(9));
  fs::last_write_time(item.mask, now - std::chrono::seconds(9));
  EXPECT_TRUE(is_up_to_date(item));
  fs::last_write_time(item.mask, now + std::chrono::seconds(9));
  EXPECT_FALSE(is_up_to_date(item));
}

TEST(PictureName, GoesByTheEndingInAnyCase) {
  EXPECT_TRUE(has_picture_name("a.JPeG"));
  EXPECT_TRUE(has_picture_name("a.b.tif"));
  EXPECT_FALSE(has_picture_name("a.gif"));
  EXPECT_FALSE(has_picture_name("png"));
}

}  // namespace
}  // namespace pawfect
