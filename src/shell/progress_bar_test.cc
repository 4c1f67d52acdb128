#include "shell/progress_bar.h"

#include <gtest/gtest.h>

namespace pawfect {
namespace {

TEST(ProgressLine, ShowsBarShareTimeStageAndFile) {
  EXPECT_EQ(progress_line("dog.jpg", "matching", 0.5, 10, 80),
            "[############............]  50 %  0:10 left  matching  dog.jpg");
  EXPECT_EQ(progress_line("dog.jpg", "matching", 0.25, 60, 80),
            "[######..................]  25 %  3:00 left  matching  dog.jpg");
}

TEST(ProgressLine, ForetellsNothingInTheFirstMoments) {
  EXPECT_EQ(progress_line("dog.jpg", "load", 0, 0, 80),
            "[........................]   0 %  load  dog.jpg");
}

TEST(ProgressLine, NeverFillsTheLastColumn) {
  for (int columns = 1; columns < 100; ++columns) {
    EXPECT_LT(progress_line(std::string(90, 'x'), "matching", 0.5, 10, columns).size(),
              std::size_t(columns));
  }
}

TEST(ProgressLine, KeepsAFractionOutOfRangeInTheBar) {
  EXPECT_EQ(progress_line("a", "b", 7.0, 0, 80), "[########################] 100 %  b  a");
  EXPECT_EQ(progress_line("a", "b", -1.0, 0, 80), "[........................]   0 %  b  a");
}

TEST(ProgressBar, IsSilentWhenNotWanted) {
  testing::internal::CaptureStderr();
  {
    ProgressBar bar(ProgressBar::Show::kNever);
    bar.start("dog.jpg");
    bar.update("matching", 0.5);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressBar, IsSilentWhereNoTerminalIs) {
  testing::internal::CaptureStderr();  // a file, not a terminal
  {
    ProgressBar bar(ProgressBar::Show::kOnTerminal);
    bar.start("dog.jpg");
    bar.update("matching", 0.5);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace pawfect
