#include "api/find_job.h"

#include <fmt/format.h>

#include <utility>

#include "api/problems.h"
#include "api/views.h"
#include "store/job_records.h"

namespace pawfect {
namespace {

using http::Problem;

// What the boards do not know (yet, or any more).
std::expected<BoardJob, Problem> read_job(const ApiParts& parts, const std::string& owner,
                                          const JobId& id) {
  auto record = JobRecords(parts.stores.sessions).read(id);
  if (!record) {
    parts.context.metrics.store_error("sessions");
    parts.context.log.error("store_failed", {{"error", record.error().message}});
    return std::unexpected(store_problem(record.error()));
  }
  if (!*record) return std::unexpected(no_job());
  if (!parts.config.tokens.empty()) {
    const auto session = Sessions(parts.stores.sessions).read((*record)->message.session);
    if (!session) return std::unexpected(store_problem(session.error()));
    if (!*session || (*session)->owner != owner) return std::unexpected(no_job());
  }
  BoardJob job;
  job.record = std::make_shared<const JobRecord>(std::move(**record));
  job.change = job.record->version;
  return job;
}

}  // namespace

http::asio::awaitable<std::expected<BoardJob, Problem>> find_job(const ApiParts& parts,
                                                                 std::string owner, JobId id) {
  auto known = parts.jobs.find(id);
  if (known && !parts.config.tokens.empty()) {
    const auto whose = parts.sessions.owner(known->record->message.session);
    if (!whose) known.reset();  // the store knows
    if (whose && *whose != owner) co_return std::unexpected(no_job());
  }
  if (known) co_return std::move(*known);
  const auto work = [&] { return read_job(parts, owner, id); };
  co_return co_await parts.workers.run(work);
}

http::asio::awaitable<std::string> job_status(const ApiParts& parts, BoardJob job) {
  std::string report;
  const JobRecord& record = *job.record;
  if (record.state == JobState::kDone) {
    const std::string key = fmt::format("{}.{}", record.message.job.text(), record.last_attempt);
    const auto work = [&] { return parts.stores.sessions.read(Kind::kReport, key); };
    const auto document = co_await parts.workers.run(work);
    if (document && *document) report = (*document)->text;
  }
  co_return job_view(job, parts.jobs.usual_run(), parts.config.worker.jobs, report);
}

std::expected<AskedJob, Problem> asked_job(const ApiParts& parts, const http::Request& request) {
  auto owner = parts.access.owner(request);
  if (!owner) return std::unexpected(owner.error());
  const auto id = JobId::from(request.part("id"));
  if (!id) return std::unexpected(no_job());
  return AskedJob{*std::move(owner), *id};
}

}  // namespace pawfect
