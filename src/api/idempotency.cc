#include "api/idempotency.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/random_id.h"
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

enum class State { kRunning, kStopped, kDone };
constexpr std::array<std::string_view, 3> kStates{"running", "stopped", "done"};

struct Entry {
  std::string fingerprint;
  RequestIds ids;
  WallTime at;
  State state = State::kRunning;
  std::string answer = {};
  std::string claimant = {};  // of a running one: whose it is
};

std::string_view name_of(State state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<State> state_of(std::string_view name) {
  const auto found = std::ranges::find(kStates, name);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<State>(found - kStates.begin());
}

std::string to_text(const Entry& entry) {
  const Json json{{"v", 1},
                  {"fingerprint", entry.fingerprint},
                  {"jobId", entry.ids.job.text()},
                  {"sessionId", entry.ids.session.text()},
                  {"at", since_1970_ms(entry.at)},
                  {"state", name_of(entry.state)},
                  {"answer", entry.answer},
                  {"claimant", entry.claimant}};
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
  entry.state = fields.made("state", state_of, "running, stopped, done");
  entry.answer = fields.text("answer", kMostAnswerBytes);
  entry.claimant = fields.text("claimant", kMostFingerprintBytes);
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
  Entry fresh{std::string(fingerprint), ids, clock_.wall()};
  fresh.claimant = random_id();
  // A write may have taken place although its answer was lost: then the key is found to be ours.
  bool has_written = false, is_taken_over = false;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto created = store_.create(Kind::kIdempotency, key, to_text(fresh));
    if (!created && std::exchange(has_written, true)) return std::unexpected(created.error());
    if (created && *created) return Claim{key, fresh.fingerprint, ids, **created};
    const auto there = store_.read(Kind::kIdempotency, key);
    if (!there) return std::unexpected(there.error());
    if (!*there) continue;  // given up just now
    auto entry = parse_entry((*there)->text);
    if (!entry) return std::unexpected(Error{ErrorCode::kBug, entry.error().message});
    if (entry->claimant == fresh.claimant)
      return Claim{key, fresh.fingerprint, entry->ids, (*there)->revision, is_taken_over};
    const Milliseconds age = fresh.at - entry->at;
    const bool is_forgotten = age > kRemembered;
    if (!is_forgotten && entry->fingerprint != fingerprint) {
      return Problem{422, "idempotency-mismatch",
                     "this Idempotency-Key was used for another request; use a new one"};
    }
    if (!is_forgotten && entry->state == State::kDone) return Replay{std::move(entry->answer)};
    // A clock that was set back must not lock a key for ever.
    const bool is_young = age < kTakeOver && age > -kTakeOver;
    if (!is_forgotten && entry->state == State::kRunning && is_young) {
      return Problem{409, "idempotency-in-progress",
                     "the first request with this Idempotency-Key still runs; ask again",
                     kRetryAfterS};
    }
    Entry taken = fresh;
    if (!is_forgotten) taken.ids = entry->ids;
    const auto replaced =
        store_.replace(Kind::kIdempotency, key, to_text(taken), (*there)->revision);
    is_taken_over = !is_forgotten;
    if (!replaced && std::exchange(has_written, true)) return std::unexpected(replaced.error());
    if (replaced && *replaced)
      return Claim{key, fresh.fingerprint, taken.ids, **replaced, !is_forgotten};
  }
  return fail(ErrorCode::kUnavailable, fmt::format("{} {}: is fought over", kName, key));
}

Result<void> Idempotency::finish(const Claim& claim, std::string_view answer) {
  const Entry done{claim.fingerprint, claim.ids, clock_.wall(), State::kDone, std::string(answer)};
  const auto written = store_.replace(Kind::kIdempotency, claim.key, to_text(done), claim.revision);
  if (!written) return std::unexpected(written.error());
  return {};
}

// A store that does not answer leaves the key as it is: it is taken over later.
void Idempotency::give_up(const Claim& claim, Written written) {
  if (written == Written::kNothing && !claim.is_taken_over) {
    static_cast<void>(store_.remove(Kind::kIdempotency, claim.key, claim.revision));
    return;
  }
  const Entry stopped{claim.fingerprint, claim.ids, clock_.wall(), State::kStopped};
  static_cast<void>(
      store_.replace(Kind::kIdempotency, claim.key, to_text(stopped), claim.revision));
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
