#include "shell/interrupt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace pawfect {
namespace {

void wait_for_stop(const std::stop_token& token) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, token, [] { return false; });
}

TEST(Interrupt, TurnsASignalIntoAStopRequest) {
  const Interrupt interrupt;
  EXPECT_FALSE(interrupt.token().stop_requested());
  kill(getpid(), SIGINT);
  wait_for_stop(interrupt.token());
  EXPECT_TRUE(interrupt.token().stop_requested());
}

TEST(InterruptDeathTest, ASecondSignalEndsTheProcessAsCancelled) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Interrupt interrupt;
        kill(getpid(), SIGTERM);
        wait_for_stop(interrupt.token());
        kill(getpid(), SIGTERM);
        pause();
      },
      testing::ExitedWithCode(6), "");
}

TEST(Interrupt, PutsTheSignalsBackWhenItGoes) {
  {
    const Interrupt interrupt;
  }
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_FALSE(sigismember(&mask, SIGINT));
  EXPECT_FALSE(sigismember(&mask, SIGTERM));
}

}  // namespace
}  // namespace pawfect
