// Interrupt: turns SIGINT and SIGTERM into a stop request for the running job, so that it ends at
// its next safe point and leaves no half file; a second signal ends the process at once. Make one
// in the main thread before any other thread starts (they inherit the blocked signals); its
// destructor puts the signals back as they were. A signal that the parent told us to ignore stays
// ignored.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace pawfect {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  void watch() const;

  mutable std::stop_source source_;
  sigset_t previous_mask_{};
  int signals_ = -1;  // signalfd
  int leave_ = -1;    // eventfd: the destructor wakes the watcher
  std::jthread watcher_;
};

}  // namespace pawfect
