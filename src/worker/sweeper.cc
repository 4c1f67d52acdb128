#include "worker/sweeper.h"

#include <optional>
#include <utility>

#include "base/random_id.h"
#include "worker/patience.h"
#include "worker/record_duties.h"

namespace pawfect {

Sweeper::Sweeper(const Stores& stores, JobBoard& board, const JobLimits& limits,
                 const ServiceContext& context)
    : stores_(stores),
      board_(board),
      context_(context),
      policy_(context.clock, limits, random_fraction),
      watch_(context.clock, limits),
      records_(stores.sessions) {}

void Sweeper::sweep() {
  std::set<JobId> open;
  for (const auto& record : board_.open_jobs()) {
    open.insert(record->message.job);
    Result<void> done;
    switch (watch_.look(*record)) {
      case Look::kFine:
        break;
      case Look::kLeaseRanOut:
        done = end_lease(*record);
        break;
      case Look::kMessageLost:
        done = send_message_again(*record);
        break;
      case Look::kOwesLetter:
        done = send_owed_letter(stores_, context_, policy_, *record);
        break;
    }
    if (done) continue;
    // The next round tries again; the other jobs will not fare better now.
    context_.log.warning("sweep_failed",
                         {{"job", record->message.job.text()}, {"error", done.error().message}});
    return;
  }
  forget_ended(open);
}

void Sweeper::forget_ended(const std::set<JobId>& open) {
  for (const JobId& job : known_)
    if (!open.contains(job)) watch_.forget(job);
  known_ = open;
}

Result<void> Sweeper::end_lease(const JobRecord& seen) {
  FailureAnswer answer = FailureAnswer::kIgnored;
  const auto written =
      counted(context_, "sessions", records_.change(seen.message.job, [&](JobRecord& record) {
        answer = FailureAnswer::kIgnored;
        // What was seen for too long is over, not what somebody wrote meanwhile.
        if (record.version == seen.version) answer = policy_.on_lease_expired(record);
      }));
  if (!written) return std::unexpected(written.error());
  if (!*written || answer == FailureAnswer::kIgnored) return {};
  const JobRecord& record = **written;
  context_.metrics.attempt_failed("lease");
  context_.log.warning("lease_ran_out", {{"job", record.message.job.text()},
                                         {"attempt", record.last_attempt},
                                         {"reason", record.reason}});
  if (answer == FailureAnswer::kRequeued)
    return put_present_message(stores_, context_, record, record.delay);
  context_.metrics.job_dead();
  return send_owed_letter(stores_, context_, policy_, record);
}

Result<void> Sweeper::send_message_again(const JobRecord& seen) {
  bool is_lost = false;
  const auto written =
      counted(context_, "sessions", records_.change(seen.message.job, [&](JobRecord& record) {
        is_lost = record.version == seen.version;
        if (is_lost) policy_.on_resend(record);
      }));
  if (!written) return std::unexpected(written.error());
  if (!*written || !is_lost) return {};
  context_.metrics.message_resent();
  context_.log.info("message_sent_again",
                    {{"job", seen.message.job.text()}, {"resends", (*written)->resends}});
  return put_present_message(stores_, context_, **written, Milliseconds(0));
}

SweepThread::SweepThread(const Stores& stores, JobBoard& board, const JobLimits& limits,
                         const ServiceContext& context, Milliseconds every)
    : sweeper_(stores, board, limits, context), thread_([this, every](const std::stop_token& stop) {
        do sweeper_.sweep();
        while (pause_for(every, stop));
      }) {}

}  // namespace pawfect
