// Time as it is passed in, so that tests run hours in milliseconds. There are two kinds, and the
// types keep them apart: wall time is what people and other machines agree on and may jump either
// way; monotonic time only runs forward, and means nothing in another process. Milliseconds.
// SystemClock is safe from any thread; FakeClock (base/fake_clock.h) belongs to one.
#pragma once

#include <chrono>
#include <cstdint>

namespace pawfect {

using Milliseconds = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<Milliseconds>;  // since 1970
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Milliseconds>;

inline std::int64_t since_1970_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime wall_time(std::int64_t ms) { return WallTime(Milliseconds(ms)); }

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonotonicTime monotonic() const = 0;
};

class SystemClock : public Clock {
 public:
  WallTime wall() const override {
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  }
  MonotonicTime monotonic() const override {
    return std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now());
  }
};

}  // namespace pawfect
