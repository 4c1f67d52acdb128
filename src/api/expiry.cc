#include "api/expiry.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "api/idempotency.h"

namespace pawfect {
namespace {

constexpr int kBatch = 500;  // blobs that are listed at once

}  // namespace

Expiry::Expiry(const ServiceConfig& config, const Stores& stores, const SessionBoard& board,
               const ServiceContext& context)
    : config_(config),
      stores_(stores),
      board_(board),
      context_(context),
      sessions_(stores_.sessions),
      jobs_(stores_.sessions) {}

void Expiry::told(std::string_view store, const Error& error) {
  context_.metrics.store_error(store);
  context_.log.warning("sweep_failed", {{"store", store}, {"error", error.message}});
}

void Expiry::sweep_sessions(const std::stop_token& stop) {
  const WallTime now = context_.clock.wall();
  std::uint64_t expired = 0, forgotten = 0;
  for (const SessionId& id : board_.due(now, false)) {
    if (stop.stop_requested()) return;
    expired += expire(id) ? 1 : 0;
  }
  const WallTime long_ago = now - std::chrono::seconds(config_.expiry.remembered_s);
  for (const SessionId& id : board_.due(long_ago, true)) {
    if (stop.stop_requested()) return;
    forgotten += forget(id) ? 1 : 0;
  }
  if (expired + forgotten == 0) return;
  context_.metrics.swept("sessions", expired, 0);
  context_.log.info("swept", {{"expired", expired}, {"forgotten", forgotten}});
}

// A session with a job that has not ended waits for it.
bool Expiry::expire(const SessionId& id) {
  const auto session = sessions_.read(id);
  if (!session) return told("sessions", session.error()), false;
  if (!*session) return false;
  for (const JobId& job : (*session)->jobs) {
    const auto record = jobs_.read(job);
    if (!record) return told("sessions", record.error()), false;
    if (*record && !has_ended(**record)) return false;
  }
  // Marked first: whoever comes now is told that it has expired, not that a picture is damaged.
  const WallTime now = context_.clock.wall();
  bool is_due = false;
  const auto marked = sessions_.change(id, [&](SessionRecord& record) {
    is_due = record.expires_at <= now && record.jobs == (*session)->jobs;
    if (!is_due || record.is_expired) return false;
    record.is_expired = true;
    return true;
  });
  if (!marked) return told("sessions", marked.error()), false;
  if (!*marked || !is_due) return false;
  remove_under(fmt::format("sessions/{}/", id.text()));
  return remove_jobs_blobs(**marked);
}

bool Expiry::remove_jobs_blobs(const SessionRecord& session) {
  for (const JobId& job : session.jobs) {
    remove_under(fmt::format("results/{}/", job.text()));
    const auto record = jobs_.read(job);
    if (!record || !*record) continue;
    remove_document(Kind::kReport, fmt::format("{}.{}", job.text(), (*record)->last_attempt));
    remove_document(Kind::kProgress, job.text());
  }
  return true;
}

// One that stays is of no harm.
void Expiry::remove_document(Kind kind, const std::string& key) {
  const auto document = stores_.sessions.read(kind, key);
  if (document && *document)
    static_cast<void>(stores_.sessions.remove(kind, key, (*document)->revision));
}

bool Expiry::forget(const SessionId& id) {
  const auto session = sessions_.read(id);
  if (!session) return told("sessions", session.error()), false;
  if (!*session) return false;
  // Once more, in case the first time was cut short.
  remove_under(fmt::format("sessions/{}/", id.text()));
  remove_jobs_blobs(**session);
  for (const JobId& job : (*session)->jobs) {
    if (const auto removed = jobs_.remove(job); !removed)
      return told("sessions", removed.error()), false;
  }
  const auto removed = sessions_.remove(id);
  if (!removed) told("sessions", removed.error());
  return removed.has_value();
}

std::int64_t Expiry::remove_under(const std::string& prefix) {
  std::int64_t count = 0;
  while (true) {
    const auto blobs = stores_.blobs.list(prefix, "", kBatch);
    if (!blobs) return told("blobs", blobs.error()), count;
    if (blobs->empty()) return count;
    for (const BlobEntry& blob : *blobs) {
      if (const auto removed = stores_.blobs.remove(blob.name); !removed)
        return told("blobs", removed.error()), count;
      ++count;
    }
  }
}

// "sessions/<id>/..." of a session that is not there, "results/<job>/..." that is not the job's.
bool Expiry::is_orphan(const std::string& blob) {
  const std::size_t begin = blob.find('/'), end = blob.find('/', begin + 1);
  if (begin == std::string::npos || end == std::string::npos) return false;
  const std::string room = blob.substr(0, begin), id = blob.substr(begin + 1, end - begin - 1);
  if (room == "sessions") {
    const auto session_id = SessionId::from(id);
    if (!session_id) return false;
    const auto session = sessions_.read(*session_id);
    return session && (!*session || (*session)->is_expired);
  }
  if (room != "results") return false;
  const auto job_id = JobId::from(id);
  if (!job_id) return false;
  const auto job = jobs_.read(*job_id);
  if (!job) return false;
  if (!*job) return true;
  if (!has_ended(**job)) return false;  // may be about to name it
  if ((*job)->result != blob) return true;
  const auto session = sessions_.read((*job)->message.session);
  return session && (!*session || (*session)->is_expired);
}

void Expiry::sweep_leftovers(const std::stop_token& stop) {
  const WallTime old = context_.clock.wall() - kOrphanAge;
  std::string after;
  std::uint64_t count = 0, bytes = 0;
  while (!stop.stop_requested()) {
    const auto blobs = stores_.blobs.list("", after, kBatch);
    if (!blobs) return told("blobs", blobs.error());
    if (blobs->empty()) break;
    after = blobs->back().name;
    for (const BlobEntry& blob : *blobs) {
      if (stop.stop_requested()) return;
      if (blob.written > old || !is_orphan(blob.name)) continue;
      if (const auto removed = stores_.blobs.remove(blob.name); !removed)
        return told("blobs", removed.error());
      ++count;
      bytes += blob.size;
    }
  }
  if (count > 0) context_.metrics.swept("orphans", count, bytes);
  Idempotency keys(stores_.sessions, context_.clock);
  if (const auto swept = keys.sweep(); !swept) told("sessions", swept.error());
}

}  // namespace pawfect
