#include "worker/record_duties.h"

#include <fmt/format.h>

#include "store/job_records.h"

namespace pawfect {

Result<void> put_present_message(const Stores& stores, const ServiceContext& context,
                                 const JobRecord& record, Milliseconds delay) {
  const std::string once = fmt::format("{}.{}", record.message.job.text(), record.version);
  return counted(context, "queue", stores.queue.put(present_message(record), delay, once));
}

Result<void> send_owed_letter(const Stores& stores, const ServiceContext& context,
                              const JobPolicy& policy, const JobRecord& record) {
  const JobId& job = record.message.job;
  const std::string once = fmt::format("{}.{}", job.text(), record.replays);
  const auto sent = counted(context, "queue", stores.queue.send_letter(dead_letter(record), once));
  if (!sent) return sent;
  JobRecords records(stores.sessions);
  bool is_noted = false;
  const auto noted = counted(context, "sessions", records.change(job, [&](JobRecord& now) {
    // A job that was replayed and died again owes another one.
    is_noted = now.replays == record.replays && now.owes_letter;
    if (is_noted) policy.on_letter_sent(now);
  }));
  if (!noted) return std::unexpected(noted.error());
  if (is_noted) context.metrics.letter_sent();
  return {};
}

}  // namespace pawfect
