#include "worker/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/random_id.h"
#include "worker/job_run.h"
#include "worker/job_taker.h"
#include "worker/patience.h"
#include "worker/record_duties.h"
#include "worker/sweeper.h"
#include "worker/work_folder.h"

namespace pawfect {
namespace {

constexpr Milliseconds kFirstPause{1'000};     // after something that a job cannot be run without
constexpr Milliseconds kLongestPause{60'000};  // is not there; then twice as long, up to this

// What people read in a job's history: a name, and what tells this process from all others.
std::string process_name(const std::string& configured) {
  std::array<char, 64> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string name =
      configured.empty() ? fmt::format("{}:{}", host.data(), getpid()) : configured;
  return fmt::format("{}-{:04x}", name, std::random_device{}() & 0xffff);
}

}  // namespace

class Worker::Loop {
 public:
  Loop(const ServiceConfig& config, const Stores& stores, JobBoard& board,
       const ServiceContext& context, WorkerSettings settings)
      : settings_(std::move(settings)),
        parts_{config, stores, board, context, settings_},
        name_(process_name(config.worker.name)) {}
  ~Loop() { stop(Milliseconds(0)); }

  Result<void> begin() {
    auto room = WorkRoom::open(parts_.config.store.data);
    if (!room) return std::unexpected(room.error());
    room_ = std::move(*room);
    std::promise<Result<void>> first;
    std::future<Result<void>> is_ready = first.get_future();
    for (int slot = 0; slot < std::max(parts_.config.worker.jobs, 1); ++slot) {
      threads_.emplace_back(
          [this, slot,
           tell = slot == 0 ? std::optional(std::move(first)) : std::nullopt]() mutable {
            serve(slot, std::move(tell));
          });
    }
    if (auto ready = is_ready.get(); !ready) return ready;
    sweeper_.emplace(parts_.stores, parts_.board, parts_.config.jobs.limits, parts_.context,
                     settings_.sweep_every);
    return {};
  }

  void stop(Milliseconds grace) {
    no_more_.request_stop();
    {
      std::unique_lock lock(mutex_);
      has_ended_.wait_for(lock, grace, [&] { return running_ == 0; });
    }
    release_.request_stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    sweeper_.reset();
  }

  int running() const {
    const std::lock_guard lock(mutex_);
    return running_;
  }

 private:
  void serve(int slot, std::optional<std::promise<Result<void>>> first) {
    const JobPolicy policy(parts_.context.clock, parts_.config.jobs.limits, random_fraction);
    EngineProcess engine(settings_.engine_child, settings_.wear);
    JobTaker taker(parts_, policy, fmt::format("{}/{}", name_, slot + 1));
    Milliseconds pause = kFirstPause;
    while (!no_more_.stop_requested()) {
      const Result<void> ready = make_ready(engine);
      if (first) {
        first->set_value(ready);
        first.reset();
        if (!ready) return;
      }
      if (!ready) {
        parts_.context.log.error("engine_not_ready", {{"error", ready.error().message}});
        pause_for(std::exchange(pause, std::min(2 * pause, kLongestPause)), no_more_.get_token());
        continue;
      }
      pause = kFirstPause;
      take_one(policy, engine, taker);
    }
    if (first) first->set_value(fail(ErrorCode::kCancelled, "the worker was stopped"));
  }

  // Before a job is taken: one that waits in the queue costs no attempt.
  Result<void> make_ready(EngineProcess& engine) {
    if (engine.is_there() && engine.is_ready()) return {};
    if (auto wanted = engine.want(engine_setup(parts_.config, "")); !wanted) return wanted;
    const MonotonicTime end = parts_.context.clock.monotonic() + settings_.setup_time;
    while (!engine.is_ready()) {
      if (no_more_.stop_requested()) return fail(ErrorCode::kCancelled, "the worker was stopped");
      const auto news = engine.hear(settings_.look_every);
      if (news) {
        if (const auto* failed = std::get_if<EngineFailed>(&*news))
          return std::unexpected(failed->error);
        if (const auto* ended = std::get_if<EngineEnded>(&*news)) {
          return fail(ErrorCode::kUnavailable,
                      fmt::format("the engine {} {} at its start", parts_.config.worker.engine,
                                  ended->how));
        }
      }
      if (parts_.context.clock.monotonic() >= end) {
        engine.kill();
        return fail(ErrorCode::kUnavailable,
                    fmt::format("the engine {} was not ready after {} ms",
                                parts_.config.worker.engine, settings_.setup_time.count()));
      }
    }
    return {};
  }

  void take_one(const JobPolicy& policy, EngineProcess& engine, JobTaker& taker) {
    auto delivery = counted(parts_.context, "queue", parts_.stores.queue.take(settings_.take_wait));
    if (!delivery) {
      parts_.context.log.warning("queue_failed", {{"error", delivery.error().message}});
      pause_for(kFirstPause, no_more_.get_token());
      return;
    }
    if (!*delivery) return;
    const Counted one(*this);
    // Stopped while it waited: somebody else takes it.
    if (no_more_.stop_requested()) {
      static_cast<void>(
          counted(parts_.context, "queue",
                  parts_.stores.queue.put_back(**delivery, Milliseconds(0), (*delivery)->message)));
      return;
    }
    const auto job = taker.take(**std::move(delivery));
    if (!job) return;
    const auto pace = JobRun(parts_, policy, *room_, engine, *job, release_.get_token()).run();
    if (pace) taker.learn(*pace);
  }

  // A message that is worked on, so that a stop waits for it.
  class Counted {
   public:
    explicit Counted(Loop& loop) : loop_(loop) {
      const std::lock_guard lock(loop_.mutex_);
      ++loop_.running_;
    }
    ~Counted() {
      {
        const std::lock_guard lock(loop_.mutex_);
        --loop_.running_;
      }
      loop_.has_ended_.notify_all();
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

   private:
    Loop& loop_;
  };

  const WorkerSettings settings_;
  const WorkerParts parts_;
  const std::string name_;
  std::unique_ptr<WorkRoom> room_;
  std::stop_source no_more_, release_;

  mutable std::mutex mutex_;  // guards the count
  std::condition_variable has_ended_;
  int running_ = 0;

  std::vector<std::thread> threads_;  // each starts its own children, and lives as long as they
  std::optional<SweepThread> sweeper_;
};

Worker::Worker(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Worker::~Worker() = default;

Result<std::unique_ptr<Worker>> Worker::start(const ServiceConfig& config, const Stores& stores,
                                              JobBoard& board, const ServiceContext& context,
                                              WorkerSettings settings) {
  auto loop = std::make_unique<Loop>(config, stores, board, context, std::move(settings));
  if (auto begun = loop->begin(); !begun) return std::unexpected(begun.error());
  return std::unique_ptr<Worker>(new Worker(std::move(loop)));
}

void Worker::stop(Milliseconds grace) { loop_->stop(grace); }
int Worker::running() const { return loop_->running(); }

}  // namespace pawfect
