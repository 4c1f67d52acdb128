// Asking a store again that did not answer: with growing pauses, for as long as the caller wants
// to. Any thread.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"
#include "base/error.h"

namespace pawfect {

// False: the stop came first.
inline bool pause_for(Milliseconds time, const std::stop_token& stop = {}) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

// Calls `ask` until it answers with anything but kUnavailable, or `goes_on` says no after a try.
template <typename Ask, typename GoesOn>
auto ask_until_answered(const Ask& ask, const GoesOn& goes_on) {
  constexpr Milliseconds kFirstPause{50};
  constexpr Milliseconds kLongestPause{2'000};
  Milliseconds pause = kFirstPause;
  while (true) {
    auto answer = ask();
    if (answer || answer.error().code != ErrorCode::kUnavailable || !goes_on()) return answer;
    pause_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

// For that long.
template <typename Ask>
auto ask_for(Milliseconds patience, const Clock& clock, const Ask& ask) {
  const MonotonicTime end = clock.monotonic() + patience;
  return ask_until_answered(ask, [&] { return clock.monotonic() < end; });
}

}  // namespace pawfect
