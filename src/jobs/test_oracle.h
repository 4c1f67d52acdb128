// What must hold whatever happens to jobs, kept by counting what the policy answered and not by
// what it wrote down. Shown every change of every record; says with GoogleTest what does not hold.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "jobs/job_policy.h"

namespace pawfect::fakes {

class Oracle {
 public:
  Oracle(const Clock& clock, const JobLimits& limits) : clock_(clock), limits_(limits) {}

  void accepted(const JobRecord& record) {
    Life life;
    life.accepted = clock_.wall();
    const bool is_new = lives_.emplace(record.message.job, life).second;
    EXPECT_TRUE(is_new);
  }

  // Any change at all, before what it was is told below.
  void changed(const JobRecord& before, const JobRecord& after) {
    Life& life = lives_.at(after.message.job);
    EXPECT_TRUE(is_consistent(after));
    EXPECT_EQ(before == after, before.version == after.version) << "a change without a version";
    EXPECT_GE(after.version, before.version);
    EXPECT_EQ(before.message, after.message);
    EXPECT_LE(after.attempts_used, limits_.most_attempts);
    EXPECT_LE(after.label_requeues, limits_.most_label_requeues);
    EXPECT_LE(after.history.size(), limits_.most_history);
    EXPECT_EQ(after.history.front().what, Happened::kAccepted);
    if (has_ended(before) && life.is_replaying) {
      EXPECT_EQ(after.state, JobState::kQueued);
    } else if (has_ended(before)) {
      EXPECT_EQ(after.state, before.state) << "an end that was no end";
      EXPECT_EQ(after.result, before.result);
      EXPECT_EQ(after.prompt, before.prompt);
      EXPECT_EQ(after.reason, before.reason);
      EXPECT_EQ(after.last_attempt, before.last_attempt);
    } else if (has_ended(after)) {
      EXPECT_EQ(++life.ends, 1);
    }
    if (after.state == JobState::kDone) {
      EXPECT_TRUE(life.was_committed) << "a result that nobody brought";
    }
  }

  // `now` below goes on evenly whatever happens to the clocks.
  void started(const JobRecord& record, const Start& start, Milliseconds now) {
    Life& life = lives_.at(record.message.job);
    EXPECT_FALSE(life.holder) << "two attempts at once";
    EXPECT_EQ(life.ends, 0) << "a start after the end";
    EXPECT_GT(start.attempt, life.newest) << "a fencing token given twice";
    EXPECT_LE(++life.starts - life.releases, limits_.most_attempts);
    EXPECT_GT(start.lease, Milliseconds(0));
    if (life.back_off_ends) {
      EXPECT_GE(clock_.wall(), *life.back_off_ends) << "a back-off cut short";
      life.back_off_ends.reset();
    }
    life.newest = start.attempt;
    life.holder = start.attempt;
    life.lease_ends = now + start.lease;
  }
  void extended(const JobRecord& record, Milliseconds now) {
    lives_.at(record.message.job).lease_ends = now + record.lease->length;
  }
  // Somebody else ended the attempt.
  void ran_out(const JobRecord& record, Milliseconds now) {
    EXPECT_GE(now, lives_.at(record.message.job).lease_ends) << "a lease cut short";
    let_go(record);
  }

  void waits(const JobRecord& before, const JobRecord& record, const WaitForLabels& wait) {
    Life& life = lives_.at(record.message.job);
    EXPECT_LE(++life.label_requeues, limits_.most_label_requeues);
    EXPECT_LE(clock_.wall() + wait.delay, life.accepted + limits_.label_wait)
        << "waits for labels past the deadline";
    EXPECT_LE(life.label_waited += wait.delay, limits_.label_wait);
    EXPECT_EQ(before.attempts_used, record.attempts_used) << "waiting cost an attempt";
    EXPECT_EQ(before.last_attempt, record.last_attempt);
    EXPECT_EQ(wait.message.label_attempt, life.label_requeues);
  }

  void committed(const JobRecord& record, int attempt, const std::string& result) {
    Life& life = lives_.at(record.message.job);
    EXPECT_EQ(life.holder, std::optional(attempt)) << "a result without the lease";
    EXPECT_EQ(record.result, result);
    life.holder.reset();
    life.was_committed = true;
  }

  // The attempt was failed or cancelled, or its lease ran out.
  void let_go(const JobRecord& record) {
    Life& life = lives_.at(record.message.job);
    life.holder.reset();
    if (record.state == JobState::kQueued && record.delay > Milliseconds(0)) {
      const double least = double(limits_.back_off.front().count()) * (1 - limits_.jitter);
      EXPECT_GE(double(record.delay.count()), least);
      life.back_off_ends = clock_.wall() + record.delay;
    }
  }
  void released(const JobRecord& record) {
    Life& life = lives_.at(record.message.job);
    life.holder.reset();
    EXPECT_LE(++life.releases, limits_.most_releases);
  }

  void replays(const JobId& job) { lives_.at(job).is_replaying = true; }
  void replayed(const JobId& job) {
    Life& life = lives_.at(job);
    EXPECT_EQ(life.ends, 1);
    EXPECT_FALSE(life.was_committed);
    life.ends = life.starts = life.releases = 0;
    life.is_replaying = life.has_letter = false;
  }
  void letter(const DeadLetter& letter) {
    lives_.at(letter.message.job).has_letter = true;
    EXPECT_FALSE(letter.reason.empty());
    EXPECT_EQ(letter.history.front().what, Happened::kAccepted);
  }

  // Back-offs are measured by the wall clock, which was set.
  void clock_was_set() {
    for (auto& [job, life] : lives_) life.back_off_ends.reset();
  }

  // Nothing is left to do: every job ended exactly once, and the dead have their letters.
  void at_the_end(const JobRecord& record) {
    const Life& life = lives_.at(record.message.job);
    EXPECT_TRUE(has_ended(record)) << state_name(record.state);
    EXPECT_EQ(life.ends, 1);
    EXPECT_FALSE(life.holder);
    EXPECT_EQ(record.state == JobState::kDead, life.has_letter);
    EXPECT_FALSE(record.owes_letter);
  }

 private:
  struct Life {  // since the accept or the last replay, but for the labels and the tokens
    WallTime accepted;
    int ends = 0, starts = 0, releases = 0;
    int newest = 0;
    std::optional<int> holder;
    int label_requeues = 0;
    Milliseconds label_waited{0};
    Milliseconds lease_ends{0};
    std::optional<WallTime> back_off_ends;
    bool is_replaying = false, was_committed = false, has_letter = false;
  };

  const Clock& clock_;
  const JobLimits& limits_;
  std::map<JobId, Life> lives_;
};

}  // namespace pawfect::fakes
