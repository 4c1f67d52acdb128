// Admission: lets as many jobs in as may be open. The boards are a little behind the store, so the
// jobs that were let in here and are not on them yet are counted besides. With several API
// processes each counts its own. Safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "jobs/id.h"

namespace pawfect {

class Admission {
 public:
  // A job that no board has seen by then never will be: its process could not write it.
  static constexpr Milliseconds kForgotten{60'000};

  struct Open {
    std::int64_t all = 0, owners = 0;  // on the boards
  };
  struct Limits {
    std::int64_t all = 0;
    std::optional<std::int64_t> owners = {};
  };
  enum class Verdict { kIn, kTooMany, kTooManyOfOwner };

  // `is_seen` tells whether the boards know of a job, `open` how many they see; both are asked
  // while others wait.
  template <typename IsSeen, typename CountOpen>
  Verdict admit(const JobId& job, const std::string& owner, const Limits& limits, MonotonicTime now,
                IsSeen is_seen, CountOpen open) {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [&](const auto& waiting) {
      return now - waiting.second.since > kForgotten || is_seen(waiting.first);
    });
    Open count = open();
    for (const auto& [id, waiting] : waiting_) {
      ++count.all;
      count.owners += waiting.owner == owner ? 1 : 0;
    }
    if (count.all >= limits.all) return Verdict::kTooMany;
    if (limits.owners && count.owners >= *limits.owners) return Verdict::kTooManyOfOwner;
    waiting_[job] = {owner, now};
    return Verdict::kIn;
  }

  // It was not made after all.
  void withdraw(const JobId& job) {
    const std::lock_guard lock(mutex_);
    waiting_.erase(job);
  }

 private:
  struct Waiting {
    std::string owner;
    MonotonicTime since;
  };

  std::mutex mutex_;  // guards the next
  std::map<JobId, Waiting> waiting_;
};

}  // namespace pawfect
