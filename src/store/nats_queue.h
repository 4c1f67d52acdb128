// JobQueue on NATS JetStream: a work-queue stream with explicit acknowledgements that are waited
// for, and a stream for dead letters. A message cannot be put with a delay (its taker puts it back)
// and cannot change its payload (the record has the live counters). A delivery's handle is the
// subject that its answer goes to, so nothing is kept of what was taken.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/job_queue.h"
#include "store/nats_connection.h"

namespace pawfect {

class NatsQueue : public JobQueue {
 public:
  static constexpr Milliseconds kUsualLease{120'000};

  // Makes streams and consumer where they are missing. The connection outlives this.
  static Result<std::unique_ptr<NatsQueue>> open(NatsConnection& connection,
                                                 Milliseconds lease = kUsualLease);

  Result<void> put(const JobMessage& message, Milliseconds delay, std::string_view once) override;
  Result<std::optional<Delivery>> take(Milliseconds wait) override;
  Result<void> acknowledge(const Delivery& delivery) override;
  Result<void> put_back(const Delivery& delivery, Milliseconds delay,
                        const JobMessage& payload) override;
  Result<void> extend(const Delivery& delivery) override;
  Result<void> send_letter(const DeadLetter& letter, std::string_view once) override;
  Result<std::vector<StoredLetter>> letters(int most) override;
  Result<void> remove_letter(std::string_view name) override;
  Result<std::int64_t> length() override;
  Result<void> check() override;

  // A payload as somebody else may have left it there.
  Result<void> put_raw(std::string_view payload);

 private:
  NatsQueue(NatsConnection& connection, Milliseconds lease);

  Result<void> make_streams();
  Result<void> publish(const std::string& subject, std::string_view text, std::string_view once);
  Result<void> make_consumer();
  Result<NatsSubscription> subscription();
  Result<NatsMessage> fetch(Milliseconds wait);

  NatsConnection& connection_;
  Milliseconds lease_;
  std::string jobs_stream_, jobs_subject_, dead_stream_, dead_subject_, consumer_;

  std::mutex mutex_;  // guards the next
  // One that waits for a message cannot be shared, so each taker borrows one.
  std::vector<NatsSubscription> idle_;
};

}  // namespace pawfect
