#include "api/session_board.h"

#include <chrono>

#include "store/session_record.h"

namespace pawfect {
namespace {

constexpr Milliseconds kFeedWait{50};
constexpr Milliseconds kRetryDelay{200};  // after an error of the store

}  // namespace

Result<std::unique_ptr<SessionBoard>> SessionBoard::open(SessionStore& store) {
  auto feed = store.follow(Kind::kSession);
  if (!feed) return std::unexpected(feed.error());
  std::unique_ptr<SessionBoard> board(new SessionBoard(std::move(*feed)));
  while (true) {
    const auto there = board->feed_->next(Milliseconds(0));
    if (!there) return std::unexpected(there.error());
    if (there->empty()) break;
    board->take(*there);
  }
  board->thread_ =
      std::jthread([&board = *board](const std::stop_token& stop) { board.follow(stop); });
  return board;
}

SessionBoard::~SessionBoard() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void SessionBoard::follow(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto changes = feed_->next(kFeedWait);
    if (changes) {
      take(*changes);
    } else {
      std::this_thread::sleep_for(kRetryDelay);
    }
  }
}

void SessionBoard::take(const std::vector<Document>& changes) {
  const std::lock_guard lock(mutex_);
  for (const Document& document : changes) {
    const auto id = SessionId::from(document.key);
    if (!id) continue;
    if (document.is_removed) {
      known_.erase(*id);
      continue;
    }
    const auto record = parse_session_record(document.text);
    if (record) known_[*id] = {record->owner, record->expires_at, record->is_expired};
  }
}

std::optional<std::string> SessionBoard::owner(const SessionId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(id);
  return found == known_.end() ? std::nullopt : std::optional(found->second.owner);
}

std::int64_t SessionBoard::open_jobs_of(const std::string& owner, const JobBoard& jobs) const {
  const auto open = jobs.open_jobs();
  const std::lock_guard lock(mutex_);
  std::int64_t count = 0;
  for (const auto& job : open) {
    const auto found = known_.find(job->message.session);
    if (found != known_.end() && found->second.owner == owner) ++count;
  }
  return count;
}

std::vector<SessionId> SessionBoard::due(WallTime now, bool expired) const {
  const std::lock_guard lock(mutex_);
  std::vector<SessionId> due;
  for (const auto& [id, session] : known_) {
    if (session.is_expired == expired && session.expires_at <= now) due.push_back(id);
  }
  return due;
}

}  // namespace pawfect
