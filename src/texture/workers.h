// Workers: a few threads that share the rows of one loop. Made once a fill and joined by its owner.
// `run` returns when every piece is done; which thread does which piece is open, so a piece must
// write only what is its own and read only what no other piece writes: then results do not depend
// on the number of threads. Not reentrant; called from one thread at a time. A thread without work
// looks out for some microseconds before it sleeps: most loops are shorter than waking it takes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace pawfect::texture {

class Workers {
 public:
  // 1: no thread is started, everything runs in the caller. When the system gives fewer threads
  // than asked for, those do all the work.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Calls work(piece) once for every piece in [0, pieces).
  void run(int pieces, const std::function<void(int)>& work);

  // Splits [0, rows) into pieces of `rows_each` and calls work(first, last). A loop over less than
  // about 4000 pixels costs less than handing half of it over: `pixels` decides.
  void run_rows(int rows, int rows_each, std::int64_t pixels,
                const std::function<void(int, int)>& work);

 private:
  void serve();
  void take_pieces();

  // A piece is claimed by its round and number at once, so that a thread that comes late from an
  // earlier round claims nothing of it. While a round is made ready its number is kClosed.
  static constexpr std::uint32_t kClosed = 0xFFFFFFFFu;
  std::atomic<std::uint64_t> claim_{kClosed};  // round in the upper half, next piece in the lower
  std::atomic<const std::function<void(int)>*> work_{nullptr};
  std::atomic<std::uint32_t> pieces_{0};
  std::atomic<std::uint32_t> done_{0};    // pieces of this round
  std::atomic<std::uint32_t> called_{0};  // changes with every round, and at the end
  std::atomic<bool> is_ending_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace pawfect::texture
