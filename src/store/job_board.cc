#include "store/job_board.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "jobs/record_json.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostEnded = 2000;  // that are kept after they ended
constexpr std::size_t kMostRuns = 21;     // that the usual one is taken from
constexpr Milliseconds kFeedWait{50};     // between two looks at whether to stop
constexpr Milliseconds kRetryDelay{200};  // after an error of the store

bool waits_for_its_turn(const JobRecord& record) {
  return record.state == JobState::kQueued || record.state == JobState::kWaitingForLabels;
}

// From the last start to the end of a job that is done.
std::optional<Milliseconds> run_time(const JobRecord& record) {
  if (record.state != JobState::kDone) return std::nullopt;
  std::optional<WallTime> started, done;
  for (const HistoryEntry& entry : record.history) {
    if (entry.what == Happened::kStarted) started = entry.at;
    if (entry.what == Happened::kDone) done = entry.at;
  }
  if (!started || !done || *done < *started) return std::nullopt;
  return *done - *started;
}

}  // namespace

class JobBoard::State {
 public:
  explicit State(const Clock& clock) : clock_(clock), heard_(clock.monotonic()) {}
  ~State() {
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();  // joined before what they use is gone
  }

  // Follows a feed until the stop.
  void follow(ChangeFeed& feed, Kind kind, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto changes = feed.next(kFeedWait);
      if (changes) {
        take(*changes, kind);
        continue;
      }
      std::unique_lock lock(sleep_mutex_);
      sleep_.wait_for(lock, stop, kRetryDelay, [] { return false; });
    }
  }

  void take(const std::vector<Document>& changes, Kind kind) {
    for (const Document& document : changes) {
      const auto id = JobId::from(document.key);
      if (!id) continue;
      if (kind == Kind::kJob) {
        take_record(*id, document);
      } else {
        take_progress(*id, document);
      }
    }
    const std::lock_guard lock(mutex_);
    if (kind == Kind::kJob) heard_ = clock_.monotonic();
  }

  std::optional<BoardJob> find(const JobId& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return std::nullopt;
    const Entry& entry = found->second;
    BoardJob job{entry.record, std::nullopt, 0, entry.change};
    if (entry.record->lease && entry.progress &&
        entry.progress->attempt == entry.record->lease->attempt)
      job.progress = entry.progress;
    if (waits_for_its_turn(*entry.record)) {
      const auto place = waiting_.find(place_of(*entry.record));
      job.position = 1 + int(std::distance(waiting_.begin(), place));
    }
    return job;
  }

  std::vector<std::shared_ptr<const JobRecord>> open_jobs() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const JobRecord>> records;
    records.reserve(open_.size());
    for (const Place& place : open_) records.push_back(jobs_.at(place.second).record);
    return records;
  }

  std::int64_t open_count() const {
    const std::lock_guard lock(mutex_);
    return std::int64_t(open_.size());
  }

  std::map<JobState, std::int64_t> counts() const {
    const std::lock_guard lock(mutex_);
    std::map<JobState, std::int64_t> counts;
    for (const Place& place : open_) ++counts[jobs_.at(place.second).record->state];
    return counts;
  }

  std::optional<Milliseconds> usual_run() const {
    const std::lock_guard lock(mutex_);
    if (runs_.empty()) return std::nullopt;
    std::vector<Milliseconds> sorted(runs_.begin(), runs_.end());
    const auto middle = sorted.begin() + std::ptrdiff_t(sorted.size() / 2);
    std::ranges::nth_element(sorted, middle);
    return *middle;
  }

  Milliseconds behind() const {
    const std::lock_guard lock(mutex_);
    return clock_.monotonic() - heard_;
  }

  Watch watch(const JobId& id, std::function<void()> told) {
    const std::lock_guard lock(watch_mutex_);
    job_watches_[id].emplace(++last_watch_, std::move(told));
    watched_[last_watch_] = id;
    return last_watch_;
  }

  Watch watch_all(std::function<void(const JobRecord&)> told) {
    const std::lock_guard lock(watch_mutex_);
    all_watches_.emplace(++last_watch_, std::move(told));
    return last_watch_;
  }

  void unwatch(Watch watch) {
    const std::lock_guard lock(watch_mutex_);
    all_watches_.erase(watch);
    const auto watched = watched_.find(watch);
    if (watched == watched_.end()) return;
    const auto watches = job_watches_.find(watched->second);
    watches->second.erase(watch);
    if (watches->second.empty()) job_watches_.erase(watches);
    watched_.erase(watched);
  }

  std::mutex sleep_mutex_;
  std::condition_variable_any sleep_;
  std::vector<std::unique_ptr<ChangeFeed>> feeds_;
  std::vector<std::jthread> threads_;

 private:
  // By which jobs are ordered: those accepted first come first.
  using Place = std::pair<WallTime, JobId>;

  struct Entry {
    std::shared_ptr<const JobRecord> record;
    std::optional<LiveProgress> progress;
    std::uint64_t change = 0;
  };

  static Place place_of(const JobRecord& record) {
    return {record.message.enqueued_at, record.message.job};
  }

  void take_record(const JobId& id, const Document& document) {
    if (document.is_removed) {
      const std::lock_guard lock(mutex_);
      forget(id);
      return;
    }
    Result<JobRecord> parsed = parse_job_record(document.text);
    if (!parsed) return;  // a damaged one is told of by whoever works with it
    const auto record = std::make_shared<const JobRecord>(std::move(*parsed));
    std::vector<JobId> moved{id};  // whose place changed
    {
      const std::lock_guard lock(mutex_);
      const auto before = jobs_.find(id);
      const bool waited = before != jobs_.end() && waits_for_its_turn(*before->second.record);
      if (before != jobs_.end() && before->second.record->version > record->version) return;
      if (waited && !waits_for_its_turn(*record)) {
        for (auto behind = waiting_.upper_bound(place_of(*record)); behind != waiting_.end();
             ++behind)
          moved.push_back(behind->second);
      }
      put(id, record);
    }
    tell(moved, *record);
  }

  // With the mutex held.
  void put(const JobId& id, const std::shared_ptr<const JobRecord>& record) {
    Entry& entry = jobs_[id];
    const bool ended_now =
        has_ended(*record) && (entry.record == nullptr || !has_ended(*entry.record));
    entry.record = record;
    entry.change = ++last_change_;
    const Place place = place_of(*record);
    if (waits_for_its_turn(*record)) {
      waiting_.insert(place);
    } else {
      waiting_.erase(place);
    }
    // A dead one that owes its letter is not finished with yet.
    if (!has_ended(*record) || record->owes_letter) {
      open_.insert(place);
    } else {
      open_.erase(place);
    }
    if (!ended_now) return;
    entry.progress.reset();
    if (const auto run = run_time(*record)) {
      runs_.push_back(*run);
      if (runs_.size() > kMostRuns) runs_.pop_front();
    }
    ended_.push_back(id);
    if (ended_.size() <= kMostEnded) return;
    const JobId oldest = ended_.front();
    ended_.pop_front();
    const auto found = jobs_.find(oldest);
    if (found != jobs_.end() && !open_.contains(place_of(*found->second.record))) forget(oldest);
  }

  // With the mutex held.
  void forget(const JobId& id) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return;
    waiting_.erase(place_of(*found->second.record));
    open_.erase(place_of(*found->second.record));
    jobs_.erase(found);
  }

  void take_progress(const JobId& id, const Document& document) {
    const auto progress = parse_live_progress(document.text);
    if (!progress) return;
    {
      const std::lock_guard lock(mutex_);
      const auto found = jobs_.find(id);
      if (found == jobs_.end() || has_ended(*found->second.record)) return;
      found->second.progress = *progress;
      found->second.change = ++last_change_;
    }
    const std::lock_guard lock(watch_mutex_);
    tell_one(id);
  }

  void tell(const std::vector<JobId>& moved, const JobRecord& record) {
    const std::lock_guard lock(watch_mutex_);
    for (const auto& [watch, told] : all_watches_) told(record);
    for (const JobId& id : moved) tell_one(id);
  }

  // With the watch mutex held.
  void tell_one(const JobId& id) {
    const auto watches = job_watches_.find(id);
    if (watches == job_watches_.end()) return;
    for (const auto& [watch, told] : watches->second) told();
  }

  const Clock& clock_;

  mutable std::mutex mutex_;  // guards all from here to heard_
  std::map<JobId, Entry> jobs_;
  std::set<Place> open_, waiting_;
  std::deque<JobId> ended_;
  std::deque<Milliseconds> runs_;
  std::uint64_t last_change_ = 0;
  MonotonicTime heard_;

  std::mutex watch_mutex_;  // guards the watches; held while they are told
  std::map<JobId, std::map<Watch, std::function<void()>>> job_watches_;
  std::map<Watch, JobId> watched_;
  std::map<Watch, std::function<void(const JobRecord&)>> all_watches_;
  Watch last_watch_ = 0;
};

Result<std::unique_ptr<JobBoard>> JobBoard::open(SessionStore& store, const Clock& clock) {
  auto state = std::make_unique<State>(clock);
  for (const Kind kind : {Kind::kJob, Kind::kProgress}) {
    Result<std::unique_ptr<ChangeFeed>> feed = store.follow(kind);
    if (!feed) return std::unexpected(feed.error());
    while (true) {
      const auto there = (*feed)->next(Milliseconds(0));
      if (!there) return std::unexpected(there.error());
      if (there->empty()) break;
      state->take(*there, kind);
    }
    state->feeds_.push_back(std::move(*feed));
    state->threads_.emplace_back(
        [&state = *state, &feed = *state->feeds_.back(), kind](const std::stop_token& stop) {
          state.follow(feed, kind, stop);
        });
  }
  return std::unique_ptr<JobBoard>(new JobBoard(std::move(state)));
}

JobBoard::JobBoard(std::unique_ptr<State> state) : state_(std::move(state)) {}
JobBoard::~JobBoard() = default;

std::optional<BoardJob> JobBoard::find(const JobId& id) const { return state_->find(id); }
std::vector<std::shared_ptr<const JobRecord>> JobBoard::open_jobs() const {
  return state_->open_jobs();
}
std::int64_t JobBoard::open_count() const { return state_->open_count(); }
std::map<JobState, std::int64_t> JobBoard::counts() const { return state_->counts(); }
std::optional<Milliseconds> JobBoard::usual_run() const { return state_->usual_run(); }
JobBoard::Watch JobBoard::watch(const JobId& id, std::function<void()> told) {
  return state_->watch(id, std::move(told));
}
JobBoard::Watch JobBoard::watch_all(std::function<void(const JobRecord&)> told) {
  return state_->watch_all(std::move(told));
}
void JobBoard::unwatch(Watch watch) { state_->unwatch(watch); }
Milliseconds JobBoard::behind() const { return state_->behind(); }

}  // namespace pawfect
