#include "store/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "store/s3_xml.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostIdle = 8;

bool is_worth_another_try(int status) { return status >= 500 || status == 429; }

// "503 SlowDown"
std::string status_text(const S3Answer& answer) {
  const std::string code = s3_error_code(answer.body);
  return code.empty() ? fmt::format("{}", answer.status)
                      : fmt::format("{} {}", answer.status, code);
}

std::string_view advice(int status) {
  if (status >= 300 && status < 400)
    return "the bucket is elsewhere; set [blobs] s3_endpoint and s3_region to where it is";
  if (status == 401 || status == 403)
    return "check [blobs] s3_access_key, s3_secret_key, s3_region, this machine's clock and the "
           "rights in docs/blobs.md";
  if (status == 404) return "create the bucket, or correct [blobs] s3_bucket";
  return "is this an S3 server? check [blobs] s3_endpoint";
}

}  // namespace

Result<S3Answer> S3Client::send(const S3Request& request, std::string_view what) {
  return send(request, what, times_, tries_.most);
}

Result<S3Answer> S3Client::send_once(const S3Request& request, std::string_view what,
                                     Milliseconds time) {
  S3Times times = times_;
  times.whole = std::min(times.whole, time);
  return send(request, what, times, 1);
}

Result<S3Answer> S3Client::send(const S3Request& request, std::string_view what,
                                const S3Times& times, int tries) {
  std::string trouble;
  bool is_always_wrong = true;
  for (int tried = 1; tried <= tries; ++tried) {
    if (tried > 1) pause(tried - 1);
    S3Outcome outcome = send_over_any(request, times);
    if (outcome.refused)
      return fail(outcome.refused->code,
                  fmt::format("s3: {}: {}: {}", place_, what, outcome.refused->message));
    if (outcome.trouble.empty() && !is_worth_another_try(outcome.answer.status)) {
      if (outcome.answer.status != 200 || !request.receiver) return std::move(outcome.answer);
      trouble = request.receiver->problem();
      if (trouble.empty()) return std::move(outcome.answer);
      continue;
    }
    is_always_wrong = false;
    trouble = outcome.trouble.empty() ? status_text(outcome.answer) : outcome.trouble;
    if (outcome.is_hopeless) break;
  }
  if (is_always_wrong)
    return fail(ErrorCode::kBadInput, fmt::format("s3: {}: {}: {}, {} times; the object is damaged",
                                                  place_, what, trouble, tries));
  return fail(ErrorCode::kUnavailable,
              fmt::format("s3: {}: {}: no answer of use in up to {} tries, the last one: {}",
                          place_, what, tries, trouble));
}

Error S3Client::unexpected(const S3Answer& answer, std::string_view what) const {
  return {ErrorCode::kUnavailable, fmt::format("s3: {}: {}: answered {}; {}", place_, what,
                                               status_text(answer), advice(answer.status))};
}

S3Outcome S3Client::send_over_any(const S3Request& request, const S3Times& times) {
  std::unique_lock lock(mutex_);
  S3Connection connection = [&] {
    if (idle_.empty()) return S3Connection();
    S3Connection newest = std::move(idle_.back());
    idle_.pop_back();
    return newest;
  }();
  lock.unlock();
  S3Outcome outcome = connection.send(request, access_, times);
  lock.lock();
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(connection));
  return outcome;
}

void S3Client::pause(int after_try) {
  Milliseconds longest = tries_.first_pause;
  for (int k = 1; k < after_try && longest < tries_.longest_pause; ++k) longest *= 2;
  longest = std::min(longest, tries_.longest_pause);
  std::unique_lock lock(mutex_);
  const double share = 0.5 + 0.5 * tries_.random();
  lock.unlock();
  tries_.wait(std::chrono::duration_cast<Milliseconds>(longest * share));
}

}  // namespace pawfect
