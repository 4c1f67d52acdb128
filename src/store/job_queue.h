// JobQueue: the port to the queue of job messages. At least once: a message that was taken and not
// acknowledged comes again, one may come twice, none gets lost once `put` has returned. Order is
// not promised. What a message means is decided elsewhere (jobs/job_policy.h). Safe from any
// thread. Errors: kUnavailable when the queue cannot be reached or is full.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/job_message.h"
#include "jobs/job_record.h"

namespace pawfect {

struct Delivery {
  JobMessage message;
  std::string handle;  // the adapter's own, good until the message is acknowledged or put back
  int count = 1;       // how often it was delivered, as the queue believes
};

struct StoredLetter {
  std::string name;  // of the letter in the topic
  std::string text;  // to_text(DeadLetter), or the payload that was no job message
  WallTime at;
};

class JobQueue {
 public:
  virtual ~JobQueue() = default;

  // To be delivered when `delay` is over, or at once where the adapter cannot wait (the record says
  // that it is too early, and the taker puts it back). The same `once` is put only once within some
  // minutes.
  virtual Result<void> put(const JobMessage& message, Milliseconds delay,
                           std::string_view once) = 0;

  // The next message, waited for up to `wait`. A payload that is no job message never comes out: it
  // goes to the dead letters as it is.
  virtual Result<std::optional<Delivery>> take(Milliseconds wait) = 0;

  // Out of the queue for good; returns when the queue has confirmed it. One that was delivered to
  // somebody else in the meantime is no error.
  virtual Result<void> acknowledge(const Delivery& delivery) = 0;

  // Delivered again after `delay`; with `payload` instead of its own where the adapter can.
  virtual Result<void> put_back(const Delivery& delivery, Milliseconds delay,
                                const JobMessage& payload) = 0;

  // Taken for another while: the time until it comes again by itself begins anew.
  virtual Result<void> extend(const Delivery& delivery) = 0;

  // Into the dead-letter topic; the same `once` only once within some minutes.
  virtual Result<void> send_letter(const DeadLetter& letter, std::string_view once) = 0;
  // The oldest ones.
  virtual Result<std::vector<StoredLetter>> letters(int most) = 0;
  virtual Result<void> remove_letter(std::string_view name) = 0;

  // Messages in the queue, taken or not.
  virtual Result<std::int64_t> length() = 0;

  virtual Result<void> check() = 0;
};

}  // namespace pawfect
