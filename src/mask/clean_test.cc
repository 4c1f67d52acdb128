#include "mask/clean.h"

#include <gtest/gtest.h>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using shapes::mask_of;

TEST(DropSpecks, DropsSmallPartsAndKeepsLargeOnes) {
  Mask mask = mask_of({"##......", "##......", "......##", "...#..##", "......##"});
  const Mask kept = mask_of({"........", "........", "......##", "......##", "......##"});
  const CleanedParts dropped = drop_specks(mask, 6);
  EXPECT_EQ(mask, kept);
  EXPECT_EQ(dropped.parts, 2);
  EXPECT_EQ(dropped.pixels, 5);
}

TEST(DropSpecks, KeepsAOnePixelThinScratch) {
  Mask mask(60, 60);
  shapes::add_line(mask, 5, 5, 50, 40, 0);
  const Mask before = mask;
  EXPECT_EQ(drop_specks(mask, kSpeckPx).parts, 0);
  EXPECT_EQ(mask, before);
}

TEST(DropSpecks, NeverErodesAPartThatStays) {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    const Mask before = shapes::random_mask(70, 50, random);
    Mask after = before;
    const CleanedParts dropped = drop_specks(after, kSpeckPx);
    EXPECT_EQ(shapes::count_set(before) - shapes::count_set(after), dropped.pixels);
    EXPECT_LT(dropped.pixels, dropped.parts * kSpeckPx + 1);
  }
}

TEST(FillPinholes, ShutsASmallGapAndLeavesALargeOne) {
  Mask mask = mask_of({
      "###########",
      "#.##......#",
      "#.##......#",
      "####......#",
      "###########",
  });
  const CleanedParts filled = fill_pinholes(mask, 4);
  EXPECT_EQ(filled.parts, 1);
  EXPECT_EQ(filled.pixels, 2);
  EXPECT_EQ(mask.at(1, 1), 255);
  EXPECT_EQ(mask.at(6, 2), 0);
}

TEST(FillPinholes, AGapWithAWayOutIsNoPinhole) {
  Mask open_to_the_side = mask_of({"####", "#..#", "#.##"});
  Mask at_the_border = mask_of({"#.##", "####", "####"});
  EXPECT_EQ(fill_pinholes(open_to_the_side, 100).parts, 0);
  EXPECT_EQ(fill_pinholes(at_the_border, 100).parts, 0);
}

TEST(FillPinholes, AGapClosedOnlyByACornerIsStillClosed) {
  Mask mask = mask_of({".##.", "#..#", "#..#", ".##."});
  EXPECT_EQ(fill_pinholes(mask, 4).pixels, 4);
}

TEST(FillPinholes, HasNothingToDoOnAnEmptyMask) {
  Mask mask(5, 5);
  EXPECT_EQ(fill_pinholes(mask, 100).parts, 0);
  EXPECT_EQ(drop_specks(mask, 100).parts, 0);
}

}  // namespace
}  // namespace pawfect
