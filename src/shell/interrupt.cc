#include "shell/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "base/error.h"

namespace pawfect {
namespace {

bool is_ignored(int signal) {
  struct sigaction action{};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupt::Interrupt() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) sigaddset(&watched, signal);
  }
  pthread_sigmask(SIG_BLOCK, &watched, &previous_mask_);
  signals_ = signalfd(-1, &watched, SFD_CLOEXEC);
  leave_ = eventfd(0, EFD_CLOEXEC);
  watcher_ = std::jthread([this] { watch(); });
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  // An eventfd takes 8 bytes whole; a failure could only mean a descriptor that is not ours any
  // more.
  [[maybe_unused]] const ssize_t written = write(leave_, &one, sizeof one);
  watcher_.join();
  close(signals_);
  close(leave_);
  pthread_sigmask(SIG_SETMASK, &previous_mask_, nullptr);
}

void Interrupt::watch() const {
  std::array<pollfd, 2> files{pollfd{signals_, POLLIN, 0}, pollfd{leave_, POLLIN, 0}};
  while (poll(files.data(), files.size(), -1) >= 0 || errno == EINTR) {
    if (files[1].revents != 0) return;
    signalfd_siginfo info;
    if (files[0].revents == 0 || read(signals_, &info, sizeof info) != sizeof info) continue;
    if (!source_.request_stop()) _exit(int(ErrorCode::kCancelled));
  }
}

}  // namespace pawfect
