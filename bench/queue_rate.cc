// How many messages a queue takes in and gives out a second: four threads put for three seconds,
// then as many take and acknowledge. Prints a line for each queue, which bench/service_bench.py
// reads: its name, puts a second, messages taken and acknowledged a second.
//
//   queue_rate
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "jobs/job_message.h"
#include "store/sqlite_queue.h"
#include "store/test_folder.h"

namespace {

using namespace pawfect;

constexpr int kThreads = 4;
constexpr std::chrono::seconds kTime{3};

JobMessage message_of(int number) {
  JobMessage message;
  message.job = JobId::from(fmt::format("{:032x}", number)).value();
  message.session = SessionId::from(std::string(SessionId::kLength, '5')).value();
  message.image = fmt::format("sessions/{}/photo", message.session.text());
  message.mask = fmt::format("sessions/{}/mask", message.session.text());
  message.options = R"({"engine":"texture","seed":7,"quality":"best"})";
  message.enqueued_at = wall_time(1'700'000'000'000);
  message.label_deadline = wall_time(1'700'000'090'000);
  return message;
}

// Calls a second. Empty: one failed.
std::optional<double> rate(const std::function<bool()>& call) {
  std::atomic<int> done = 0;
  std::atomic<bool> failed = false;
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        while (!failed && std::chrono::steady_clock::now() - start < kTime) {
          if (call()) {
            ++done;
          } else {
            failed = true;
          }
        }
      });
    }
  }
  if (failed) return std::nullopt;
  return done / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// False: the queue failed, or ran empty before the time was over.
bool measure(const char* name, JobQueue& queue) {
  std::atomic<int> next = 0;
  const auto puts = rate([&] {
    const JobMessage message = message_of(next++);
    return queue.put(message, Milliseconds(0), message.job.text()).has_value();
  });
  const auto takes = rate([&] {
    const auto delivery = queue.take(Milliseconds(1000));
    return delivery && *delivery && queue.acknowledge(**delivery);
  });
  if (!puts || !takes) {
    fmt::print(stderr, "queue_rate: {}: a call failed, or it ran empty\n", name);
    return false;
  }
  fmt::print("{} {:.0f} {:.0f}\n", name, *puts, *takes);
  return true;
}

}  // namespace

int main() {
  const fakes::TestFolder folder;
  const SystemClock clock;
  const auto queue = SqliteQueue::open(folder.path(), clock);
  if (!queue) {
    fmt::print(stderr, "queue_rate: {}\n", queue.error().message);
    return 1;
  }
  return measure("sqlite", **queue) ? 0 : 1;
}
