#include "api/create.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "api/problems.h"
#include "api/uploads.h"
#include "base/random_id.h"
#include "base/sha256.h"
#include "jobs/strict_json.h"
#include "store/file_digest.h"
#include "store/job_records.h"

namespace pawfect {
namespace {

using http::Problem;

constexpr int kRetryAfterS = 5;  // where nothing better is known

std::unexpected<Problem> store_trouble(const ApiParts& parts, const Error& error) {
  parts.context.metrics.store_error("sessions");
  parts.context.log.error("store_failed", {{"error", error.message}});
  return std::unexpected(store_problem(error));
}

WallTime expiry(const ApiParts& parts) {
  return parts.context.clock.wall() + std::chrono::seconds(parts.config.expiry.session_s);
}

// How long until one of the jobs that are open is likely to have ended.
int retry_after(const ApiParts& parts) {
  const auto run = parts.jobs.usual_run();
  return run ? std::clamp(int(run->count() / 1000), 1, 300) : kRetryAfterS;
}

std::expected<void, Problem> admit(const ApiParts& parts, const std::string& owner,
                                   const JobId& job) {
  const TokenConfig* token = parts.access.limits(owner);
  Admission::Limits limits{parts.config.jobs.most_open};
  if (token != nullptr) limits.owners = token->most_open_jobs;
  const auto is_seen = [&](const JobId& id) { return parts.jobs.find(id).has_value(); };
  const auto open = [&] {
    return Admission::Open{parts.jobs.open_count(),
                           token == nullptr ? 0 : parts.sessions.open_jobs_of(owner, parts.jobs)};
  };
  using Verdict = Admission::Verdict;
  const Verdict verdict =
      parts.admission->admit(job, owner, limits, parts.context.clock.monotonic(), is_seen, open);
  if (verdict == Verdict::kTooMany) {
    parts.context.metrics.refused("queue-full");
    return std::unexpected(Problem{
        429, "queue-full",
        fmt::format("{} jobs wait or run; more are not taken now", parts.config.jobs.most_open),
        retry_after(parts)});
  }
  if (verdict == Verdict::kTooManyOfOwner) {
    parts.context.metrics.refused("token-jobs");
    return std::unexpected(
        Problem{429, "too-many-jobs",
                fmt::format("{} jobs of this token wait or run; more are not taken now",
                            token->most_open_jobs),
                retry_after(parts)});
  }
  return {};
}

// What is asked for, in one hash.
std::expected<std::string, Problem> fingerprint_of(const ApiParts& parts,
                                                   const std::optional<SessionId>& session,
                                                   const FillRequestBody& request) {
  std::string text = session ? session->text() : "";
  for (const http::SpoolFile* file : {request.photo ? &*request.photo : nullptr, &request.mask}) {
    if (file == nullptr) continue;
    const auto digest = digest_file(file->descriptor());
    if (!digest) {
      return store_trouble(parts, {ErrorCode::kUnavailable, "the spool file cannot be read"});
    }
    text += digest->hex;
  }
  text += to_text(request.options);
  return hex(sha256(std::as_bytes(std::span(text))));
}

JobMessage message_for(const ApiParts& parts, const SessionRecord& session, const JobId& job,
                       std::string mask, FillOptions options) {
  if (options.variant.empty() && parts.choose_variant)
    options.variant = parts.choose_variant(session.id);
  JobMessage message;
  message.job = job;
  message.session = session.id;
  message.image = session.photo;
  message.mask = std::move(mask);
  message.options = to_text(options);
  return message;
}

// The session knows of the job before the job is there: what sweeps sessions must find its blobs.
std::expected<SessionRecord, Problem> add_to_session(const ApiParts& parts, const SessionId& id,
                                                     const JobId& job) {
  std::optional<Problem> problem;
  const auto changed = Sessions(parts.stores.sessions).change(id, [&](SessionRecord& session) {
    problem.reset();
    if (session.is_expired) problem = expired(session);
    const bool is_there = std::ranges::find(session.jobs, job) != session.jobs.end();
    if (!problem && !is_there && session.jobs.size() >= SessionRecord::kMostJobs) {
      problem = Problem{
          409, "session-full",
          fmt::format("this session has {} jobs; make a new one", SessionRecord::kMostJobs)};
    }
    if (problem) return false;
    if (!is_there) session.jobs.push_back(job);
    session.expires_at = std::max(session.expires_at, expiry(parts));
    return true;
  });
  if (!changed) return store_trouble(parts, changed.error());
  if (!*changed) return std::unexpected(no_session());
  if (problem) return std::unexpected(*problem);
  return **changed;
}

// From the mask, which was checked, to the message in the queue.
std::expected<void, Problem> create_job(const ApiParts& parts, const SessionRecord& session,
                                        const JobId& job, const FillRequestBody& request) {
  const auto blob =
      store_picture(parts, request.mask, fmt::format("sessions/{}/mask", session.id.text()));
  if (!blob) return std::unexpected(blob.error());
  const auto present = add_to_session(parts, session.id, job);
  if (!present) return std::unexpected(present.error());

  const JobRecord record =
      parts.policy.accept(message_for(parts, *present, job, *blob, request.options));
  const auto created = JobRecords(parts.stores.sessions).create(record);
  if (!created) return store_trouble(parts, created.error());
  if (*created) parts.context.metrics.job_accepted();
  // Both start now; neither waits for the other. The labeler is forgotten about.
  if (parts.labeler != nullptr && !request.options.prompt && !present->labels)
    parts.labeler->ask(present->id, present->photo);
  const auto put = parts.stores.queue.put(present_message(record), Milliseconds(0), job.text());
  if (!put) {
    // The job is in the store, so it is accepted: its message is sent again by whoever sweeps.
    parts.context.metrics.store_error("queue");
    parts.context.log.error("message_not_put",
                            {{"job", job.text()}, {"error", put.error().message}});
  }
  parts.context.log.info("job_accepted", {{"job", job.text()}, {"session", session.id.text()}});
  return {};
}

// All that is checked comes before all that is written.
std::expected<void, Problem> create_what_is_asked(const ApiParts& parts, const std::string& owner,
                                                  bool has_session, const RequestIds& ids,
                                                  const FillRequestBody& request) {
  std::expected<SessionRecord, Problem> session;
  if (has_session) session = find_session(parts, owner, ids.session);
  if (!session) return std::unexpected(session.error());
  const auto mask = check_picture(parts, request.mask, PictureChecker::As::kMask, "mask");
  if (!mask) return std::unexpected(mask.error());
  if (!has_session) session = create_session(parts, owner, ids.session, *request.photo);
  if (!session) return std::unexpected(session.error());
  return create_job(parts, *session, ids.job, request);
}

// Whether a request that ended so may have left something of what it was to make.
Idempotency::Written written_by(const Problem& problem) {
  return problem.status >= 500 ? Idempotency::Written::kMaybe : Idempotency::Written::kNothing;
}

std::string answer_for(const RequestIds& ids) {
  const Json json{{"sessionId", ids.session.text()},
                  {"jobId", ids.job.text()},
                  {"status", "/v1/jobs/" + ids.job.text()}};
  return json.dump();
}

std::string job_of(const std::string& answer) {
  const Json json = Json::parse(answer, nullptr, false);
  return json.is_object() ? json.value("jobId", "") : "";
}

}  // namespace

std::expected<SessionRecord, Problem> find_session(const ApiParts& parts, const std::string& owner,
                                                   const SessionId& id) {
  const auto session = Sessions(parts.stores.sessions).read(id);
  if (!session) return store_trouble(parts, session.error());
  if (!*session || (*session)->owner != owner) return std::unexpected(no_session());
  if ((*session)->is_expired) return std::unexpected(expired(**session));
  return **session;
}

std::expected<SessionRecord, Problem> create_session(const ApiParts& parts,
                                                     const std::string& owner, const SessionId& id,
                                                     const http::SpoolFile& photo) {
  Sessions sessions(parts.stores.sessions);
  if (const auto there = sessions.read(id); there && *there) return **there;
  const auto picture = check_picture(parts, photo, PictureChecker::As::kPhoto, "image");
  if (!picture) return std::unexpected(picture.error());
  const std::uint64_t bytes = photo.size();
  const auto blob = store_picture(parts, photo, fmt::format("sessions/{}/photo", id.text()));
  if (!blob) return std::unexpected(blob.error());
  SessionRecord session;
  session.id = id;
  session.owner = owner;
  session.photo = *blob;
  session.container = picture->container;
  session.bytes = bytes;
  session.width = picture->width;
  session.height = picture->height;
  session.created_at = parts.context.clock.wall();
  session.expires_at = expiry(parts);
  const auto created = sessions.create(session);
  if (!created) return store_trouble(parts, created.error());
  parts.context.log.info("session_created", {{"session", id.text()}, {"bytes", bytes}});
  return session;
}

std::expected<Accepted, Problem> accept_fill(const ApiParts& parts, const std::string& owner,
                                             const std::string& path, const std::string& key,
                                             std::optional<SessionId> session,
                                             const FillRequestBody& request) {
  RequestIds ids{*JobId::from(random_id()), session ? *session : *SessionId::from(random_id())};
  Idempotency idempotency(parts.stores.sessions, parts.context.clock);
  std::optional<Idempotency::Claim> claim;
  if (!key.empty()) {
    const auto fingerprint = fingerprint_of(parts, session, request);
    if (!fingerprint) return std::unexpected(fingerprint.error());
    auto begun = idempotency.begin(Idempotency::document_key(owner, path, key), *fingerprint, ids);
    if (!begun) return store_trouble(parts, begun.error());
    if (auto* problem = std::get_if<Problem>(&*begun)) return std::unexpected(std::move(*problem));
    if (auto* replay = std::get_if<Idempotency::Replay>(&*begun))
      return Accepted{replay->answer, job_of(replay->answer), true};
    claim = std::get<Idempotency::Claim>(std::move(*begun));
    ids = claim->ids;
  }

  auto done = admit(parts, owner, ids.job);
  if (done) {
    done = create_what_is_asked(parts, owner, session.has_value(), ids, request);
    if (!done) parts.admission->withdraw(ids.job);
  }
  if (!done) {
    if (claim) idempotency.give_up(*claim, written_by(done.error()));
    return std::unexpected(done.error());
  }
  const std::string answer = answer_for(ids);
  if (claim) {
    // One that cannot be finished is taken over later, with the same ids.
    if (const auto finished = idempotency.finish(*claim, answer); !finished)
      parts.context.log.warning("idempotency_not_finished", {{"error", finished.error().message}});
  }
  return Accepted{answer, ids.job.text(), false};
}

}  // namespace pawfect
