// SessionBoard: this process's picture of the sessions: whose they are and when they expire, kept
// up to date by following the store on a thread of its own. Safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/id.h"
#include "store/job_board.h"
#include "store/session_store.h"

namespace pawfect {

class SessionBoard {
 public:
  // The store outlives this.
  static Result<std::unique_ptr<SessionBoard>> open(SessionStore& store);
  ~SessionBoard();

  // Empty: not known here (yet).
  std::optional<std::string> owner(const SessionId& id) const;

  // How many of the jobs are on sessions of that owner.
  std::int64_t open_jobs_of(const std::string& owner, const JobBoard& jobs) const;

  // Sessions whose time is over: `expired` those that were told so by then, or those that were not.
  std::vector<SessionId> due(WallTime now, bool expired) const;

 private:
  struct Known {
    std::string owner;
    WallTime expires_at;
    bool is_expired = false;
  };

  explicit SessionBoard(std::unique_ptr<ChangeFeed> feed) : feed_(std::move(feed)) {}

  void take(const std::vector<Document>& changes);
  void follow(const std::stop_token& stop);

  std::unique_ptr<ChangeFeed> feed_;
  mutable std::mutex mutex_;  // guards the next
  std::map<SessionId, Known> known_;
  std::jthread thread_;
};

}  // namespace pawfect
