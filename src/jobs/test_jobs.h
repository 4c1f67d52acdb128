// A job as the tests of this room have it, and a policy with a clock that stands still and
// back-offs without jitter.
#pragma once

#include <string>

#include "base/fake_clock.h"
#include "jobs/job_message.h"
#include "jobs/job_policy.h"

namespace pawfect::fakes {

inline JobId job_id(char digit) { return JobId::from(std::string(JobId::kLength, digit)).value(); }

inline SessionId session_id(char digit) {
  return SessionId::from(std::string(SessionId::kLength, digit)).value();
}

inline JobMessage job_message() {
  JobMessage message;
  message.job = job_id('a');
  message.session = session_id('5');
  message.image = "sessions/55/image";
  message.mask = "sessions/55/mask.png";
  message.options = R"({"engine":"texture","seed":7})";
  message.enqueued_at = wall_time(1'700'000'000'000);
  message.label_deadline = wall_time(1'700'000'090'000);
  return message;
}

struct PolicyFixture {
  FakeClock clock;
  JobLimits limits;
  double random = 0.5;  // the middle of the jitter
  JobPolicy policy{clock, limits, [this] { return random; }};
  JobRecord record = policy.accept(job_message());

  TakeRequest request(LabelState labels = LabelState::kThere) const {
    return {"worker-1", present_message(record), labels};
  }
  Taken take(LabelState labels = LabelState::kThere) {
    return policy.on_take(record, request(labels)).value();
  }
  // Starts an attempt and gives its number.
  int start() { return std::get<Start>(take()).attempt; }
  // Lets an attempt fail, and the back-off pass.
  FailureAnswer fail_once() {
    const FailureAnswer answer =
        policy.on_failure(record, start(), Retry::kWorthwhile, "engine: out of memory");
    clock.advance(record.delay);
    return answer;
  }
};

}  // namespace pawfect::fakes
