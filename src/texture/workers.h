// Workers: a few threads that share the rows of one loop. Made once a fill and joined by its owner.
// `run` returns when every piece is done; which thread does which piece is open, so a piece must
// write only what is its own and read only what no other piece writes: then results do not depend
// on the number of threads. Not reentrant; called from one thread at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
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
  // about 20 000 pixels costs less than waking a thread: `pixels` decides.
  void run_rows(int rows, int rows_each, std::int64_t pixels,
                const std::function<void(int, int)>& work);

 private:
  void serve();
  void take_pieces(const std::function<void(int)>& work, int pieces);

  std::mutex mutex_;  // guards everything below but next_
  std::condition_variable wake_, done_;
  const std::function<void(int)>* work_ = nullptr;
  int pieces_ = 0;
  int busy_ = 0;  // threads that still work on this round
  std::uint64_t round_ = 0;
  bool is_ending_ = false;
  std::atomic<int> next_{0};  // next piece to take
  std::vector<std::jthread> threads_;
};

}  // namespace pawfect::texture
