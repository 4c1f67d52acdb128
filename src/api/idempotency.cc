#include "api/idempotency.h"

#include <fmt/format.h>

#include <span>

#include "base/sha256.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

using http::Problem;

constexpr std::string_view kName = "idempotency key";
constexpr JsonBounds kBounds{16 * 1024, 3};
constexpr std::size_t kMostAnswerBytes = 4096;
constexpr std::size_t kMostFingerprintBytes = 128;
constexpr std::int64_t kFarMs = 253'402'300'799'999;
constexpr int kRetryAfterS = 2;
constexpr int kMostRounds = 10;

struct Entry {
  std::string fingerprint;
  RequestIds ids;
  WallTime at;
  bool is_done = false;
  std::string answer;
};

std::string to_text(const Entry& entry) {
  const Json json{{"v", 1},
                  {"fingerprint", entry.fingerprint},
                  {"jobId", entry.ids.job.text()},
                  {"sessionId", entry.ids.session.text()},
                  {"at", since_1970_ms(entry.at)},
                  {"isDone", entry.is_done},
                  {"answer", entry.answer}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Entry> parse_entry(std::string_view text) {
  const auto json = parse_object(text, kName, kBounds);
  if (!json) return std::unexpected(json.error());
  Fields fields(*json, kName);
  fields.whole("v", 1, 1);
  Entry entry;
  entry.fingerprint = fields.text("fingerprint", kMostFingerprintBytes);
  entry.ids.job = fields.made("jobId", JobId::from, JobId::kAllowed);
  entry.ids.session = fields.made("sessionId", SessionId::from, SessionId::kAllowed);
  entry.at = wall_time(fields.whole("at", -kFarMs, kFarMs));
  entry.is_done = fields.boolean("isDone");
  entry.answer = fields.text("answer", kMostAnswerBytes);
  if (const auto read = fields.verdict(); !read) return std::unexpected(read.error());
  return entry;
}

}  // namespace

std::string Idempotency::document_key(std::string_view owner, std::string_view path,
                                      std::string_view key) {
  // Lengths before the texts, so that no two triples make the same bytes.
  const std::string text = fmt::format("{}:{}{}:{}{}", owner.size(), owner, path.size(), path, key);
  return hex(sha256(std::as_bytes(std::span(text))));
}

Result<Idempotency::Begun> Idempotency::begin(const std::string& key, std::string_view fingerprint,
                                              const RequestIds& ids) {
  const Entry fresh{std::string(fingerprint), ids, clock_.wall(), false, ""};
  for (int round = 0; round < kMostRounds; ++round) {
    const auto created = store_.create(Kind::kIdempotency, key, to_text(fresh));
    if (!created) return std::unexpected(created.error());
    if (*created) return Claim{key, ids};
    const auto there = store_.read(Kind::kIdempotency, key);
    if (!there) return std::unexpected(there.error());
    if (!*there) continue;  // given up just now
    auto entry = parse_entry((*there)->text);
    if (!entry) return std::unexpected(Error{ErrorCode::kBug, entry.error().message});
    const Milliseconds age = fresh.at - entry->at;
    const bool is_forgotten = age > kRemembered;
    if (!is_forgotten && entry->fingerprint != fingerprint) {
      return Problem{422, "idempotency-mismatch",
                     "this Idempotency-Key was used for another request; use a new one"};
    }
    if (!is_forgotten && entry->is_done) return Replay{std::move(entry->answer)};
    // A clock that was set back must not lock a key for ever.
    if (!is_forgotten && age < kTakeOver && age > -kTakeOver) {
      return Problem{409, "idempotency-in-progress",
                     "the first request with this Idempotency-Key still runs; ask again",
                     kRetryAfterS};
    }
    Entry taken = fresh;
    if (!is_forgotten) taken.ids = entry->ids;
    const auto replaced =
        store_.replace(Kind::kIdempotency, key, to_text(taken), (*there)->revision);
    if (!replaced) return std::unexpected(replaced.error());
    if (*replaced) return Claim{key, taken.ids};
  }
  return fail(ErrorCode::kUnavailable, fmt::format("{} {}: is fought over", kName, key));
}

Result<void> Idempotency::finish(const Claim& claim, std::string_view fingerprint,
                                 std::string_view answer) {
  const auto there = store_.read(Kind::kIdempotency, claim.key);
  if (!there) return std::unexpected(there.error());
  if (!*there) return {};
  const Entry done{std::string(fingerprint), claim.ids, clock_.wall(), true, std::string(answer)};
  const auto written =
      store_.replace(Kind::kIdempotency, claim.key, to_text(done), (*there)->revision);
  if (!written) return std::unexpected(written.error());
  return {};
}

void Idempotency::give_up(const Claim& claim) {
  const auto there = store_.read(Kind::kIdempotency, claim.key);
  // One that stays is taken over later.
  if (there && *there)
    static_cast<void>(store_.remove(Kind::kIdempotency, claim.key, (*there)->revision));
}

Result<std::int64_t> Idempotency::sweep() {
  const auto feed = store_.follow(Kind::kIdempotency);
  if (!feed) return std::unexpected(feed.error());
  std::int64_t count = 0;
  while (true) {
    const auto documents = (*feed)->next(Milliseconds(0));
    if (!documents) return std::unexpected(documents.error());
    if (documents->empty()) return count;
    for (const Document& document : *documents) {
      if (document.is_removed) continue;
      const auto entry = parse_entry(document.text);
      if (entry && clock_.wall() - entry->at <= kRemembered) continue;
      const auto removed = store_.remove(Kind::kIdempotency, document.key, document.revision);
      if (!removed) return std::unexpected(removed.error());
      ++count;
    }
  }
}

}  // namespace pawfect
