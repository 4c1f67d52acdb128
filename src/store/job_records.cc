#include "store/job_records.h"

#include <fmt/format.h>

#include <utility>

#include "jobs/record_json.h"

namespace pawfect {
namespace {

// So many writers in a row that were quicker are no race any more.
constexpr int kMostRounds = 100;

template <typename Record>
struct Stored {
  Record record;
  Revision revision = 0;
};

template <typename Record>
Result<std::optional<Stored<Record>>> read_stored(SessionStore& store, Kind kind,
                                                  const std::string& key,
                                                  Result<Record> (*parse)(std::string_view)) {
  const auto document = store.read(kind, key);
  if (!document) return std::unexpected(document.error());
  if (!*document) return std::nullopt;
  Result<Record> record = parse((*document)->text);
  if (!record) {
    return fail(ErrorCode::kBug, fmt::format("{} {} in the store cannot be read: {}",
                                             kind_name(kind), key, record.error().message));
  }
  return Stored<Record>{std::move(*record), (*document)->revision};
}

// `change` returns whether the copy is to be written.
template <typename Record, typename Change>
Result<std::optional<Record>> change_stored(SessionStore& store, Kind kind, const std::string& key,
                                            Result<Record> (*parse)(std::string_view),
                                            const Change& change) {
  for (int round = 0; round < kMostRounds; ++round) {
    auto stored = read_stored<Record>(store, kind, key, parse);
    if (!stored) return std::unexpected(stored.error());
    if (!*stored) return std::nullopt;
    Record& record = (*stored)->record;
    if (!change(record)) return std::move(record);
    const auto written = store.replace(kind, key, to_text(record), (*stored)->revision);
    if (!written) return std::unexpected(written.error());
    if (*written) return std::move(record);
  }
  return fail(ErrorCode::kUnavailable, fmt::format("{} {}: others were quicker {} times in a row",
                                                   kind_name(kind), key, kMostRounds));
}

Result<void> remove_document(SessionStore& store, Kind kind, const std::string& key) {
  for (int round = 0; round < kMostRounds; ++round) {
    const auto document = store.read(kind, key);
    if (!document) return std::unexpected(document.error());
    if (!*document) return {};
    const auto removed = store.remove(kind, key, (*document)->revision);
    if (!removed) return std::unexpected(removed.error());
    if (*removed) return {};
  }
  return fail(ErrorCode::kUnavailable,
              fmt::format("{} {}: it is written again and again", kind_name(kind), key));
}

}  // namespace

Result<std::optional<JobRecord>> JobRecords::read(const JobId& id) {
  auto stored = read_stored<JobRecord>(store_, Kind::kJob, id.text(), parse_job_record);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return std::nullopt;
  return std::move((*stored)->record);
}

Result<bool> JobRecords::create(const JobRecord& record) {
  const auto created = store_.create(Kind::kJob, record.message.job.text(), to_text(record));
  if (!created) return std::unexpected(created.error());
  return created->has_value();
}

Result<std::optional<JobRecord>> JobRecords::change(const JobId& id,
                                                    const std::function<void(JobRecord&)>& change) {
  return change_stored<JobRecord>(store_, Kind::kJob, id.text(), parse_job_record,
                                  [&](JobRecord& record) {
                                    const std::uint64_t before = record.version;
                                    change(record);
                                    return record.version != before;
                                  });
}

Result<void> JobRecords::remove(const JobId& id) {
  return remove_document(store_, Kind::kJob, id.text());
}

Result<std::optional<SessionRecord>> Sessions::read(const SessionId& id) {
  auto stored = read_stored<SessionRecord>(store_, Kind::kSession, id.text(), parse_session_record);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return std::nullopt;
  return std::move((*stored)->record);
}

Result<bool> Sessions::create(const SessionRecord& record) {
  const auto created = store_.create(Kind::kSession, record.id.text(), to_text(record));
  if (!created) return std::unexpected(created.error());
  return created->has_value();
}

Result<std::optional<SessionRecord>> Sessions::change(
    const SessionId& id, const std::function<bool(SessionRecord&)>& change) {
  return change_stored<SessionRecord>(store_, Kind::kSession, id.text(), parse_session_record,
                                      change);
}

Result<void> Sessions::remove(const SessionId& id) {
  return remove_document(store_, Kind::kSession, id.text());
}

}  // namespace pawfect
