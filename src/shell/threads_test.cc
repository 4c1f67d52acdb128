#include "shell/threads.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace pawfect {
namespace {

class ThreadCount : public testing::Test {
 protected:
  void SetUp() override { TearDown(); }
  void TearDown() override {
    unsetenv("OMP_NUM_THREADS");
    unsetenv("OMP_THREAD_LIMIT");
  }
};

TEST_F(ThreadCount, IsBetweenOneAndFourWhenNobodyAsks) {
  EXPECT_GE(thread_count(std::nullopt), 1);
  EXPECT_LE(thread_count(std::nullopt), 4);
}

TEST_F(ThreadCount, KeepsToWhatWasAsked) { EXPECT_EQ(thread_count(7), 7); }

TEST_F(ThreadCount, DefaultStaysUnderTheEnvironmentsNumber) {
  setenv("OMP_NUM_THREADS", "1,2", 1);
  EXPECT_EQ(thread_count(std::nullopt), 1);
  EXPECT_EQ(thread_count(3), 3);
}

TEST_F(ThreadCount, NothingExceedsTheEnvironmentsLimit) {
  setenv("OMP_THREAD_LIMIT", "2", 1);
  EXPECT_EQ(thread_count(8), 2);
  setenv("OMP_THREAD_LIMIT", "1", 1);
  EXPECT_EQ(thread_count(std::nullopt), 1);
}

TEST_F(ThreadCount, NonsenseInTheEnvironmentBoundsNothing) {
  setenv("OMP_THREAD_LIMIT", "many", 1);
  setenv("OMP_NUM_THREADS", "-3", 1);
  EXPECT_EQ(thread_count(5), 5);
  EXPECT_GE(thread_count(std::nullopt), 1);
}

}  // namespace
}  // namespace pawfect
