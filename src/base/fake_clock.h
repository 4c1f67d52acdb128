// The clock of tests: it stands still until it is told to go on. Belongs to one thread.
#pragma once

#include "base/clock.h"

namespace pawfect::fakes {

class FakeClock : public Clock {
 public:
  WallTime wall() const override { return wall_; }
  MonotonicTime monotonic() const override { return monotonic_; }

  // Time passes, on both.
  void advance(Milliseconds by) {
    wall_ += by;
    monotonic_ += by;
  }
  // Somebody sets the wall clock; either way.
  void jump_wall(Milliseconds by) { wall_ += by; }
  // The machine starts again: its monotonic clock begins at nothing.
  void restart() { monotonic_ = MonotonicTime(); }

 private:
  WallTime wall_ = wall_time(1'700'000'000'000);
  MonotonicTime monotonic_{Milliseconds(5'000)};
};

}  // namespace pawfect::fakes
