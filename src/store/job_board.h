// JobBoard: this process's picture of the jobs, kept up to date by following the store on a thread
// of its own; a little behind it. It holds every job that has not ended and the last ones that
// have, so that status reads, queue positions and the search for stuck jobs cost the store nothing.
// The truth stays in the store: whoever changes a job goes there. Safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/job_record.h"
#include "store/live_progress.h"
#include "store/session_store.h"

namespace pawfect {

struct BoardJob {
  std::shared_ptr<const JobRecord> record;
  std::optional<LiveProgress> progress;  // of the running attempt
  int position = 0;          // 1: the next one to be started; 0: it is not waiting for its turn
  std::uint64_t change = 0;  // rises with everything that changes here
};

class JobBoard {
 public:
  // Follows the store, which outlives this, and returns when it knows what is there.
  static Result<std::unique_ptr<JobBoard>> open(SessionStore& store, const Clock& clock);
  ~JobBoard();

  // Empty: not here (not known yet, or ended some time ago): look into the store.
  std::optional<BoardJob> find(const JobId& id) const;

  // All that have not ended, in the order in which they were accepted.
  std::vector<std::shared_ptr<const JobRecord>> open_jobs() const;
  std::int64_t open_count() const;
  std::map<JobState, std::int64_t> counts() const;  // of those

  // How long a job runs lately, for estimates; empty: none has run.
  std::optional<Milliseconds> usual_run() const;

  // `told` is called, from a thread of the board, after something about the job changed: its
  // record, its progress, its place in the queue. It must be quick, and must not call watch or
  // unwatch.
  using Watch = std::uint64_t;
  Watch watch(const JobId& id, std::function<void()> told);
  // Told of every change of a record.
  Watch watch_all(std::function<void(const JobRecord&)> told);
  void unwatch(Watch watch);  // when it returns, `told` is not running and is never called again

  // How long ago the store was last heard; large: it does not answer.
  Milliseconds behind() const;

 private:
  class State;
  explicit JobBoard(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pawfect
