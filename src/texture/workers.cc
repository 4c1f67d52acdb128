#include "texture/workers.h"

#include <algorithm>
#include <cstdint>
#include <system_error>

namespace pawfect::texture {

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
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_all();
}

void Workers::take_pieces(const std::function<void(int)>& work, int pieces) {
  for (int piece = next_++; piece < pieces; piece = next_++) work(piece);
}

void Workers::run(int pieces, const std::function<void(int)>& work) {
  if (threads_.empty() || pieces < 2) {
    for (int piece = 0; piece < pieces; ++piece) work(piece);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    pieces_ = pieces;
    next_ = 0;
    busy_ = int(threads_.size());
    ++round_;
  }
  wake_.notify_all();
  take_pieces(work, pieces);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void Workers::run_rows(int rows, int rows_each, std::int64_t pixels,
                       const std::function<void(int, int)>& work) {
  constexpr std::int64_t kWorthWaking = 20000;
  if (threads_.empty() || pixels < kWorthWaking) return work(0, rows);
  run((rows + rows_each - 1) / rows_each,
      [&](int piece) { work(piece * rows_each, std::min(rows, (piece + 1) * rows_each)); });
}

void Workers::serve() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return is_ending_ || round_ != seen; });
    if (is_ending_) return;
    seen = round_;
    const std::function<void(int)>& work = *work_;
    const int pieces = pieces_;
    lock.unlock();
    take_pieces(work, pieces);
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace pawfect::texture
