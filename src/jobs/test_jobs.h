// A job as the tests of this room have it.
#pragma once

#include <string>

#include "jobs/job_message.h"

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

}  // namespace pawfect::fakes
