#include "service/job_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/utc_text.h"
#include "jobs/record_json.h"

namespace pawfect {
namespace {

constexpr std::array kEveryState{JobState::kQueued,  JobState::kWaitingForLabels,
                                 JobState::kRunning, JobState::kDone,
                                 JobState::kDead,    JobState::kCancelled};

// "3 d", "2 h", "5 min", "40 s"
std::string age(Milliseconds passed) {
  const std::int64_t seconds = std::max<std::int64_t>(0, passed.count() / 1000);
  if (seconds >= 2 * 86'400) return fmt::format("{} d", seconds / 86'400);
  if (seconds >= 2 * 3'600) return fmt::format("{} h", seconds / 3'600);
  if (seconds >= 2 * 60) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} s", seconds);
}

// Nothing that a file or a client brought in may steer the terminal.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return out;
}

}  // namespace

Result<std::vector<JobRecord>> all_jobs(SessionStore& store) {
  const auto feed = store.follow(Kind::kJob);
  if (!feed) return std::unexpected(feed.error());
  std::map<std::string, JobRecord> by_key;
  while (true) {
    const auto documents = (*feed)->next(Milliseconds(0));
    if (!documents) return std::unexpected(documents.error());
    if (documents->empty()) break;
    for (const Document& document : *documents) {
      by_key.erase(document.key);
      if (document.is_removed) continue;
      Result<JobRecord> record = parse_job_record(document.text);
      if (!record) return std::unexpected(record.error());
      by_key.emplace(document.key, std::move(*record));
    }
  }
  std::vector<JobRecord> jobs;
  jobs.reserve(by_key.size());
  for (auto& [key, record] : by_key) jobs.push_back(std::move(record));
  std::ranges::sort(jobs, {}, [](const JobRecord& job) {
    return std::pair(job.message.enqueued_at, job.message.job);
  });
  return jobs;
}

Result<std::vector<JobRecord>> only_in(std::vector<JobRecord> jobs, std::string_view state) {
  if (state == "all") return jobs;
  if (state == "open") {
    std::erase_if(jobs, [](const JobRecord& job) { return has_ended(job); });
    return jobs;
  }
  const auto named = std::ranges::find(kEveryState, state, state_name);
  if (named == kEveryState.end()) {
    return fail(ErrorCode::kUsage,
                fmt::format("--state {}: is none of all, open, queued, waiting_for_labels, "
                            "running, done, dead, cancelled",
                            printable(state)));
  }
  std::erase_if(jobs, [&](const JobRecord& job) { return job.state != *named; });
  return jobs;
}

std::string job_table(const std::vector<JobRecord>& jobs, WallTime now) {
  std::string text = fmt::format("{:<32}  {:<18}  {:>8}  {:>7}  {}\n", "job", "state", "attempts",
                                 "age", "last failure");
  for (const JobRecord& job : jobs) {
    text += fmt::format("{:<32}  {:<18}  {:>8}  {:>7}  {}\n", job.message.job.text(),
                        state_name(job.state), job.attempts_used,
                        age(now - job.message.enqueued_at), printable(job.reason));
  }
  return text;
}

std::string job_story(const JobRecord& job, WallTime now) {
  std::string text = fmt::format(
      "job      {}\nsession  {}\nstate    {}\naccepted {} ({} ago)\nphoto    {}\nmask     {}\n"
      "options  {}\nattempts {} since the last replay ({} replays), the newest has number {}\n",
      job.message.job.text(), job.message.session.text(), state_name(job.state),
      utc_text(job.message.enqueued_at), age(now - job.message.enqueued_at), job.message.image,
      job.message.mask, printable(job.message.options), job.attempts_used, job.replays,
      job.last_attempt);
  if (job.lease) {
    text += fmt::format("running  by {}, attempt {}, in stage '{}' ({:.0f} %)\n",
                        printable(job.lease->owner), job.lease->attempt,
                        printable(job.lease->stage), job.lease->fraction * 100);
  }
  if (!job.result.empty()) text += fmt::format("result   {}\n", job.result);
  if (!job.reason.empty()) text += fmt::format("failure  {}\n", printable(job.reason));
  text += "history\n";
  for (const HistoryEntry& entry : job.history) {
    text += fmt::format("  {}  {:>3}  {:<14} {}\n", utc_text(entry.at), entry.attempt,
                        happened_name(entry.what), printable(entry.detail));
  }
  if (job.history_dropped > 0)
    text += fmt::format("  ({} entries left out)\n", job.history_dropped);
  return text;
}

}  // namespace pawfect
