// A service without I/O: a store, a queue that loses and doubles, workers that crash, hang and
// report late, a labeler, and users. Each function is one thing that can happen; a random number
// generator chooses the details. The oracle sees every change. For job_property_test.cc.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/fake_clock.h"
#include "jobs/job_policy.h"
#include "jobs/record_json.h"
#include "jobs/record_watch.h"
#include "jobs/run_watch.h"
#include "jobs/test_jobs.h"
#include "jobs/test_oracle.h"

namespace pawfect::fakes {

class World {
 public:
  static constexpr int kWorkers = 3;
  static constexpr std::size_t kMostJobs = 16;

  // How workers end what they began when nothing else happens to them.
  enum class Habit { kSucceed, kFail, kCrash, kHang, kStop };

  // How often what happened, so that a test can see that it tested something.
  std::map<std::string, int> counts;

  explicit World(std::uint64_t seed) : random_(seed) {}

  std::size_t roll(std::size_t sides) { return random_() % sides; }
  bool one_in(std::size_t n) { return roll(n) == 0; }

  void pass(Milliseconds time) {
    clock_.advance(time);
    true_now_ += time;
  }
  void set_clock(Milliseconds by) {
    clock_.jump_wall(by);
    oracle_.clock_was_set();
  }
  void restart_everything() {
    for (Worker& worker : workers_) crash(worker);
    clock_.restart();
  }

  void accept() {
    if (store_.size() == kMostJobs) return;
    JobMessage message = job_message();
    message.job = job_id("0123456789abcdef"[store_.size()]);
    const JobRecord record = policy_.accept(message);
    oracle_.accepted(record);
    store_.emplace(message.job, record);
    // The API may die between its record and its message.
    if (!one_in(5)) put(present_message(record), Milliseconds(0));
  }

  void deliver() {
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      if (queue_[i].due > true_now_) continue;
      Worker& worker = any_worker();
      if (worker.run) return;
      const JobMessage message = queue_[i].message;
      queue_.erase(queue_.begin() + std::ptrdiff_t(i));
      // Queues deliver again what nobody acknowledged, and now and then for no reason.
      if (one_in(10)) put(message, Milliseconds(roll(40'000)));
      take(worker, message);
      return;
    }
  }
  // An old payload once more.
  void deliver_twice() {
    if (sent_.empty()) return;
    put(sent_[roll(sent_.size())], Milliseconds(roll(2) * roll(40'000)));
  }
  void lose_message() {
    if (!queue_.empty()) queue_.erase(queue_.begin() + std::ptrdiff_t(roll(queue_.size())));
  }

  void work() {
    Worker& worker = any_worker();
    if (!worker.run) return;
    worker.run->watch.reached("fill", worker.run->fraction += 0.01);
    look_after(worker);
  }
  // A thread that lives and does nothing.
  void spin() { look_after(any_worker()); }

  void end_run(Habit habit) { end_run(any_worker(), habit); }
  // The process is stopped (SIGSTOP) and will report when it wakes up.
  void pause() {
    Worker& worker = any_worker();
    if (!worker.run) return;
    late_.push_back({worker.run->message.job, worker.run->attempt});
    crash(worker);
  }
  void wake_up() {
    if (late_.empty()) return;
    const std::size_t which = roll(late_.size());
    const Late late = late_[which];
    if (one_in(2)) late_.erase(late_.begin() + std::ptrdiff_t(which));
    const Habit habits[] = {Habit::kSucceed, Habit::kSucceed, Habit::kFail, Habit::kStop};
    report(late.job, late.attempt, habits[roll(4)]);
  }

  void sweep() { sweep(any_worker()); }

  void labels() {
    JobRecord* record = any_job();
    if (record == nullptr) return;
    has_labels_[record->message.job] = true;
    if (one_in(4)) return;  // in the session, and the labeler died before it said so
    change(record->message.job, [&](JobRecord& job) {
      const LabelAnswer answer = policy_.on_labels(job);
      if (answer == LabelAnswer::kWakeUp) put(present_message(job), Milliseconds(0));
      ++counts[answer == LabelAnswer::kLate ? "labels late" : "labels"];
    });
  }
  void cancel() {
    JobRecord* record = any_job();
    if (record == nullptr) return;
    change(record->message.job, [&](JobRecord& job) {
      if (policy_.on_cancel(job) != CancelAnswer::kCancelled) return;
      ++counts["cancelled"];
      oracle_.let_go(job);
    });
  }
  void replay() {
    JobRecord* record = any_job();
    // What is replayed had its letter: people read it there.
    if (record == nullptr || record->state != JobState::kDead || record->owes_letter) return;
    const JobId job = record->message.job;
    oracle_.replays(job);
    change(job, [&](JobRecord& dead) { EXPECT_TRUE(policy_.on_replay(dead)); });
    oracle_.replayed(job);
    ++counts["replayed"];
    if (!one_in(5)) put(present_message(store_.at(job)), Milliseconds(0));
  }

  // Lets time pass with nothing new until nothing is left to do; tells how long that took.
  Milliseconds settle(Habit habit, Milliseconds longest) {
    const Milliseconds begin = true_now_;
    while (!is_settled() && true_now_ - begin < longest) {
      pass(Milliseconds(1'000));
      for (int i = 0; i < 4; ++i) deliver();
      for (Worker& worker : workers_) {
        sweep(worker);
        if (worker.run && true_now_ >= worker.run->until) end_run(worker, habit);
      }
    }
    for (const auto& [job, record] : store_) oracle_.at_the_end(record);
    EXPECT_TRUE(is_settled()) << queue_.size() << " messages left";
    return true_now_ - begin;
  }

 private:
  struct Queued {
    JobMessage message;
    Milliseconds due;
  };
  struct Run {
    JobMessage message;
    int attempt;
    RunWatch watch;
    Milliseconds until;  // when it ends while all settles
    double fraction = 0;
  };
  struct Worker {
    std::string name;
    std::optional<RecordWatch> watch;
    std::optional<Run> run;
  };
  struct Late {
    JobId job;
    int attempt;
  };

  Worker& any_worker() { return workers_[roll(kWorkers)]; }
  JobRecord* any_job() {
    if (store_.empty()) return nullptr;
    return &std::next(store_.begin(), std::ptrdiff_t(roll(store_.size())))->second;
  }

  void put(const JobMessage& message, Milliseconds delay) {
    // As it travels.
    const auto arrived = parse_job_message(to_text(message));
    ASSERT_TRUE(arrived) << arrived.error().message;
    ASSERT_EQ(*arrived, message);
    queue_.push_back({*arrived, true_now_ + delay});
    if (sent_.size() < 200) sent_.push_back(*arrived);
  }

  // Read, change and write back by compare-and-set.
  template <typename Change>
  void change(const JobId& job, Change what) {
    const JobRecord before = store_.at(job);
    JobRecord after = before;
    what(after);
    oracle_.changed(before, after);
    if (after == before) return;
    // As the store keeps it.
    const auto kept = parse_job_record(to_text(after));
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(*kept, after);
    store_.at(job) = *kept;
  }

  void take(Worker& worker, const JobMessage& message) {
    change(message.job, [&](JobRecord& record) {
      const JobRecord before = record;
      const LabelState labels =
          has_labels_[message.job] ? LabelState::kThere : LabelState::kMissing;
      const bool ran_out = worker.watch->look(record) == Look::kLeaseRanOut;
      const auto taken = policy_.on_take(
          record, {worker.name, message, labels, ran_out ? Leased::kRanOut : Leased::kStill});
      ASSERT_TRUE(taken);
      if (before.lease && record.version != before.version) {
        oracle_.ran_out(record, true_now_);
        ++counts["lease ran out"];
      }
      // The worker may die when the record is written and nothing else is done yet.
      const bool dies = one_in(12);
      if (const auto* start = std::get_if<Start>(&*taken)) {
        oracle_.started(record, *start, true_now_);
        ++counts["started"];
        if (!dies) {
          worker.run.emplace(Run{message, start->attempt,
                                 RunWatch(clock_, limits_, clock_.monotonic(), start->lease),
                                 true_now_ + Milliseconds(20'000)});
        }
      } else if (const auto* wait = std::get_if<WaitForLabels>(&*taken)) {
        oracle_.waits(before, record, *wait);
        ++counts["waited for labels"];
        // As on a push queue the payload may come back unchanged, and at another time.
        if (!dies && one_in(2)) {
          put(wait->message, wait->delay);
        } else {
          put(message, Milliseconds(roll(60'000)));
        }
      } else if (const auto* again = std::get_if<LookAgain>(&*taken)) {
        EXPECT_GT(again->delay, Milliseconds(0));
        ++counts["looked again"];
        if (!dies) put(message, again->delay);
      } else {
        EXPECT_TRUE(has_ended(record));
        ++counts["dropped"];
      }
    });
  }

  void look_after(Worker& worker) {
    if (!worker.run) return;
    const RunLook look = worker.run->watch.look();
    if (look == RunLook::kStalled || look == RunLook::kOverTime) {
      ++counts["stalled"];
      return end_run(worker, Habit::kFail);
    }
    if (look != RunLook::kExtend) return;
    bool must_stop = false;
    change(worker.run->message.job, [&](JobRecord& record) {
      const ProgressAnswer answer =
          policy_.on_progress(record, worker.run->attempt, worker.run->watch.progress());
      must_stop = answer == ProgressAnswer::kStop;
      if (answer == ProgressAnswer::kExtended) {
        worker.run->watch.extended(clock_.monotonic(), record.lease->length);
        oracle_.extended(record, true_now_);
        ++counts["extended"];
      }
    });
    if (must_stop) worker.run.reset();
  }

  void end_run(Worker& worker, Habit habit) {
    if (!worker.run) return;
    if (habit == Habit::kHang) return look_after(worker);
    if (habit == Habit::kCrash) return crash(worker);
    report(worker.run->message.job, worker.run->attempt, habit);
    worker.run.reset();
  }

  void crash(Worker& worker) {
    // The queue may or may not remember what it had handed out.
    if (worker.run && one_in(2)) put(worker.run->message, Milliseconds(roll(60'000)));
    worker.run.reset();
    if (one_in(2)) worker.watch.emplace(clock_, limits_);
  }

  void report(const JobId& job, int attempt, Habit habit) {
    change(job, [&](JobRecord& record) {
      if (habit == Habit::kSucceed) return succeed(record, attempt);
      FailureAnswer answer = FailureAnswer::kIgnored;
      const int releases = record.releases;
      if (habit == Habit::kStop) {
        answer = policy_.on_release(record, attempt);
      } else {
        const Retry retry = one_in(20) ? Retry::kPointless : Retry::kWorthwhile;
        answer = policy_.on_failure(record, attempt, retry, "engine: it did not work");
      }
      if (answer == FailureAnswer::kIgnored) {
        ++counts["late, ignored"];
      } else if (record.releases > releases) {
        oracle_.released(record);
        ++counts["released"];
      } else {
        oracle_.let_go(record);
        ++counts[answer == FailureAnswer::kDied ? "died" : "failed"];
      }
      if (answer == FailureAnswer::kRequeued && !one_in(12))
        put(present_message(record), record.delay);
    });
  }

  void succeed(JobRecord& record, int attempt) {
    const std::string result = "results/" + std::to_string(++results_);
    const JobRecord before = record;
    const SuccessAnswer answer =
        policy_.on_success(record, attempt, {result, PromptSource::kEmpty});
    if (answer == SuccessAnswer::kCommitted) {
      oracle_.committed(record, attempt, result);
      ++counts["committed"];
    } else {
      EXPECT_EQ(record, before) << "a late attempt changed something";
      ++counts[answer == SuccessAnswer::kRefused ? "late, refused" : "committed before"];
    }
    // The answer may be lost, and the worker asks again.
    if (answer == SuccessAnswer::kCommitted && one_in(4))
      late_.push_back({record.message.job, attempt});
  }

  void sweep(Worker& worker) {
    std::vector<JobId> jobs;
    for (const auto& [job, record] : store_) jobs.push_back(job);
    for (const JobId& job : jobs) {
      const Look look = worker.watch->look(store_.at(job));
      if (look == Look::kFine || one_in(12)) continue;  // or it dies here
      change(job, [&](JobRecord& record) {
        if (look == Look::kLeaseRanOut) {
          const FailureAnswer answer = policy_.on_lease_expired(record);
          oracle_.ran_out(record, true_now_);
          ++counts["lease ran out"];
          if (answer == FailureAnswer::kDied) ++counts["died"];
          if (answer == FailureAnswer::kRequeued && !one_in(12))
            put(present_message(record), record.delay);
        } else if (look == Look::kMessageLost) {
          policy_.on_resend(record);
          ++counts["message lost"];
          put(present_message(record), Milliseconds(0));
        } else {
          oracle_.letter(dead_letter(record));
          if (!one_in(12)) policy_.on_letter_sent(record);
        }
      });
    }
  }

  bool is_settled() const {
    bool is_open = !queue_.empty();
    for (const auto& [job, record] : store_)
      is_open = is_open || !has_ended(record) || record.owes_letter;
    return !is_open;
  }

  std::mt19937_64 random_;
  FakeClock clock_;
  Milliseconds true_now_{0};  // goes on whatever happens to the clocks
  JobLimits limits_;
  JobPolicy policy_{clock_, limits_, [this] { return double(roll(1001)) / 1000; }};
  Oracle oracle_{clock_, limits_};
  std::map<JobId, JobRecord> store_;
  std::map<JobId, bool> has_labels_;
  std::vector<Queued> queue_;
  std::vector<JobMessage> sent_;
  std::array<Worker, kWorkers> workers_{Worker{"worker-0", RecordWatch(clock_, limits_), {}},
                                        Worker{"worker-1", RecordWatch(clock_, limits_), {}},
                                        Worker{"worker-2", RecordWatch(clock_, limits_), {}}};
  std::vector<Late> late_;
  int results_ = 0;
};

}  // namespace pawfect::fakes
