// Thousands of things in random order, from a fixed set of seeds: what jobs/test_oracle.h says
// holds after each of them, and every job ends in bounded time when no more is done to it.
#include <gtest/gtest.h>

#include <algorithm>

#include "jobs/test_world.h"

namespace pawfect {
namespace {

using fakes::World;
using Habit = World::Habit;

constexpr int kEvents = 3'000;
constexpr int kSeeds = 60;
constexpr Milliseconds kDay{86'400'000};
// Five leases of 2 minutes each with what it takes to notice, the back-offs, the waits for labels
// and for lost messages (16 minutes at most), for sixteen jobs on three workers.
constexpr Milliseconds kLongestToTheEnd{3'600'000};

void happen(World& world) {
  switch (world.roll(24)) {
    case 0:
      return world.one_in(8) ? world.accept() : world.work();
    case 1:
      return world.deliver_twice();
    case 2:
      return world.one_in(4) ? world.lose_message() : world.spin();
    case 3:
      return world.one_in(6) ? world.end_run(Habit::kSucceed) : world.work();
    case 4:
      return world.one_in(4) ? world.end_run(Habit::kFail) : world.work();
    case 5:
      return world.one_in(8) ? world.end_run(Habit::kStop) : world.work();
    case 6:
      return world.one_in(6) ? world.end_run(Habit::kCrash) : world.work();
    case 7:
      return world.one_in(4) ? world.pause() : world.work();
    case 8:
      return world.wake_up();
    case 9:
      return world.one_in(8) ? world.labels() : world.spin();
    case 10:
      return world.one_in(30) ? world.cancel() : world.work();
    case 11:
      return world.one_in(4) ? world.replay() : world.spin();
    case 12:
      return world.one_in(10) ? world.set_clock(Milliseconds(world.roll(2 * kDay.count())) - kDay)
                              : world.work();
    case 13:
      return world.one_in(20) ? world.restart_everything() : world.spin();
    case 14:
      return world.pass(Milliseconds(world.roll(world.one_in(8) ? 200'000 : 5'000)));
    case 15:
    case 16:
      return world.sweep();
    case 17:
    case 18:
      return world.pass(Milliseconds(world.roll(8'000)));
    case 19:
      return world.work();
    default:
      return world.deliver();
  }
}

class JobProperty : public testing::TestWithParam<Habit> {};

TEST_P(JobProperty, EveryJobEndsExactlyOnceWhateverHappens) {
  std::map<std::string, int> counts;
  Milliseconds longest{0};
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    world.accept();
    for (int event = 0; event < kEvents; ++event) {
      happen(world);
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", event " << event;
    }
    longest = std::max(longest, world.settle(GetParam(), kLongestToTheEnd));
    ASSERT_FALSE(HasFailure()) << "seed " << seed << ", at the end";
    for (const auto& [what, count] : world.counts) counts[what] += count;
  }
  // A world in which one of these never happens tests less than it says.
  for (const char* what :
       {"started", "extended", "committed", "committed before", "late, refused", "late, ignored",
        "failed", "died", "released", "stalled", "lease ran out", "message lost", "looked again",
        "waited for labels", "labels", "labels late", "cancelled", "replayed", "dropped"}) {
    EXPECT_GE(counts[what], 20) << what;
    RecordProperty(what, counts[what]);
  }
  RecordProperty("longest_to_the_end_s", int(longest.count() / 1000));
}

std::string habit_name(const testing::TestParamInfo<Habit>& info) {
  static constexpr std::string_view kNames[] = {"WorkersSucceed", "WorkersFail", "WorkersCrash",
                                                "WorkersHang", "WorkersStop"};
  return std::string(kNames[int(info.param)]);
}

INSTANTIATE_TEST_SUITE_P(AndThen, JobProperty,
                         testing::Values(Habit::kSucceed, Habit::kFail, Habit::kCrash, Habit::kHang,
                                         Habit::kStop),
                         habit_name);

}  // namespace
}  // namespace pawfect
