#include "texture/workers.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace pawfect::texture {
namespace {

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Waits until `value` is not `old` any more; looks out for a while first.
void await_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::microseconds kLookout{100};
  constexpr int kLooksEach = 64;  // between two looks at the clock
  const Clock::time_point end = Clock::now() + kLookout;
  do {
    for (int k = 0; k < kLooksEach; ++k) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause_briefly();
    }
  } while (Clock::now() < end);
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

Workers::Workers(int threads) {
  try {
    for (int k = 1; k < threads; ++k) threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {
    // The system gives no more (a container's limit, say): fewer do the same work. Letting it out
    // of here would wait for ever for the threads already started.
    return;
  }
}

Workers::~Workers() {
  is_ending_ = true;
  ++called_;
  called_.notify_all();
}

// Claims pieces until there are none. What it reads of a round is that round's, for a claim that
// succeeds: the next round closes the claims before it changes anything.
void Workers::take_pieces() {
  while (true) {
    std::uint64_t claim = claim_.load();
    const std::function<void(int)>* const work = work_.load();
    const std::uint32_t pieces = pieces_.load();
    const auto piece = std::uint32_t(claim);
    if (piece >= pieces) return;
    if (!claim_.compare_exchange_weak(claim, claim + 1)) continue;
    (*work)(int(piece));
    if (++done_ == pieces) done_.notify_one();
  }
}

void Workers::run(int pieces, const std::function<void(int)>& work) {
  if (threads_.empty() || pieces < 2) {
    for (int piece = 0; piece < pieces; ++piece) work(piece);
    return;
  }
  const std::uint64_t round = (claim_.load() >> 32) + 1;
  claim_ = round << 32 | kClosed;
  work_ = &work;
  pieces_ = std::uint32_t(pieces);
  done_ = 0;
  claim_ = round << 32;
  ++called_;
  called_.notify_all();
  take_pieces();
  for (std::uint32_t done = done_; done < std::uint32_t(pieces); done = done_)
    await_change(done_, done);
}

void Workers::run_rows(int rows, int rows_each, std::int64_t pixels,
                       const std::function<void(int, int)>& work) {
  constexpr std::int64_t kWorthSharing = 4000;
  if (threads_.empty() || pixels < kWorthSharing) return work(0, rows);
  run((rows + rows_each - 1) / rows_each,
      [&](int piece) { work(piece * rows_each, std::min(rows, (piece + 1) * rows_each)); });
}

void Workers::serve() {
  std::uint32_t seen = 0;
  while (!is_ending_) {
    take_pieces();
    await_change(called_, seen);
    seen = called_;
  }
}

}  // namespace pawfect::texture
