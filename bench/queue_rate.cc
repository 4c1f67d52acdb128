// How many messages a queue takes in and gives out a second: four threads put for three seconds,
// then as many take and acknowledge. Prints a line for each queue, which bench/service_bench.py
// reads: its name, puts a second, messages taken and acknowledged a second. NATS takes part where
// the address of a server is given; what is measured there lies under a name of its own and stays.
//
//   queue_rate [nats://HOST:PORT]
#include <fmt/format.h>
#include <unistd.h>

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
#include "store/nats_connection.h"
#include "store/nats_queue.h"
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

// `queue`: a Result with a pointer to one.
bool measure_opened(const char* name, const auto& queue) {
  if (queue) return measure(name, **queue);
  fmt::print(stderr, "queue_rate: {}\n", queue.error().message);
  return false;
}

bool measure_sqlite() {
  const fakes::TestFolder folder;
  const SystemClock clock;
  return measure_opened("sqlite", SqliteQueue::open(folder.path(), clock));
}

bool measure_nats(const char* url) {
  NatsSetup setup;
  setup.urls = url;
  setup.prefix = fmt::format("queue-rate-{}", getpid());
  const auto connection = NatsConnection::open(setup);
  if (connection) return measure_opened("nats", NatsQueue::open(**connection));
  fmt::print(stderr, "queue_rate: {}\n", connection.error().message);
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  const bool is_measured = measure_sqlite() && (count < 2 || measure_nats(arguments[1]));
  return is_measured ? 0 : 1;
}
