#include "weights/bus_guard.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

namespace pawfect {
namespace {

// `version` is odd while the place holds a range and rises with every change. The handler reads it
// before and after the bounds: a place that changed meanwhile is not the one that the faulting
// thread reads, since a range outlives every read of its memory.
struct Place {
  std::atomic<std::uint64_t> version{0};
  std::atomic<bool> is_taken{false};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> was_hit{false};
};
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

// Process-wide because a signal handler is.
constinit std::array<Place, GuardedRange::kMost> places;
constinit std::atomic<std::uintptr_t> page_bytes{4096};
struct sigaction previous_action{};

// Puts zeros in place of the lost pages when the address lies in a guarded range. Pages behind the
// first lost one are lost as well when a file was cut; replacing them all at once keeps the number
// of mappings at two a file.
bool absorb(void* lost) {
  const auto address = reinterpret_cast<std::uintptr_t>(lost);
  for (Place& place : places) {
    const std::uint64_t before = place.version.load(std::memory_order_acquire);
    if (before % 2 == 0) continue;
    const std::uintptr_t begin = place.begin.load(std::memory_order_acquire);
    const std::uintptr_t end = place.end.load(std::memory_order_acquire);
    if (place.version.load(std::memory_order_acquire) != before) continue;
    if (address < begin || address >= end) continue;
    place.was_hit.store(true, std::memory_order_release);
    const std::uintptr_t into_page = address % page_bytes;
    return ::mmap(static_cast<std::byte*>(lost) - into_page, end - address + into_page, PROT_READ,
                  MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
  }
  return false;
}

void hand_on(int signal, siginfo_t* info, void* context) {
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
    return;
  }
  const bool was_sent = info->si_code <= 0;  // by kill(), not by a fault
  if (previous_action.sa_handler == SIG_IGN && was_sent) return;
  if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
    return;
  }
  // The default action: a fault repeats itself when the handler returns, a sent signal has to be
  // raised again.
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  ::sigaction(signal, &standard, nullptr);
  if (was_sent) ::raise(signal);
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  const bool is_fault = info->si_code > 0;
  if (!is_fault || !absorb(info->si_addr)) hand_on(signal, info, context);
  errno = error;
}

// 0, or the errno of the refusal. Asks for the former handler first, so that it is known before
// ours can run.
int install() {
  page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  if (::sigaction(SIGBUS, nullptr, &previous_action) != 0) return errno;
  struct sigaction ours{};
  ours.sa_sigaction = on_bus_error;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&ours.sa_mask);
  return ::sigaction(SIGBUS, &ours, nullptr) == 0 ? 0 : errno;
}

}  // namespace

Result<GuardedRange> GuardedRange::watch(const void* begin, std::size_t bytes) {
  static const int refusal = install();
  if (refusal != 0) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("weight files cannot be mapped safely: sigaction(SIGBUS): {}; allow "
                            "signal handlers in this sandbox",
                            std::strerror(refusal)));
  }
  for (std::size_t i = 0; i < kMost; ++i) {
    Place& place = places[i];
    if (place.is_taken.exchange(true)) continue;
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    place.was_hit = false;
    place.begin = first;
    place.end = first + bytes;
    ++place.version;
    return GuardedRange(i);
  }
  return fail(ErrorCode::kModelMissing,
              fmt::format("{} weight files are open, which is the most allowed at one time; close "
                          "some first",
                          kMost));
}

GuardedRange::~GuardedRange() {
  if (place_ == kMost) return;
  ++places[place_].version;
  places[place_].is_taken = false;
}

GuardedRange::GuardedRange(GuardedRange&& other) noexcept
    : place_(std::exchange(other.place_, kMost)) {}

GuardedRange& GuardedRange::operator=(GuardedRange&& other) noexcept {
  std::swap(place_, other.place_);
  return *this;
}

bool GuardedRange::was_hit() const { return place_ != kMost && places[place_].was_hit; }

}  // namespace pawfect
