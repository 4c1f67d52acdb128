// SessionStore on NATS JetStream: one key-value bucket a kind, changed by compare-and-set on the
// key's last sequence. Read from the bucket's leader, so what was written is what is read.
// kProgress lives in memory and for minutes only. Marks of removals go after an hour: a feed that
// was cut off for longer is not told of them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "store/nats_connection.h"
#include "store/session_store.h"

namespace pawfect {

class NatsSessionStore : public SessionStore {
 public:
  static constexpr Milliseconds kRemovedAreKept{3'600'000};

  // Makes the buckets where they are missing. The connection outlives this.
  static Result<std::unique_ptr<NatsSessionStore>> open(
      NatsConnection& connection, Milliseconds removed_are_kept = kRemovedAreKept);

  Result<std::optional<Document>> read(Kind kind, std::string_view key) override;
  Result<std::optional<Revision>> create(Kind kind, std::string_view key,
                                         std::string_view text) override;
  Result<std::optional<Revision>> replace(Kind kind, std::string_view key, std::string_view text,
                                          Revision expected) override;
  Result<void> put(Kind kind, std::string_view key, std::string_view text) override;
  Result<bool> remove(Kind kind, std::string_view key, Revision expected) override;
  Result<std::unique_ptr<ChangeFeed>> follow(Kind kind) override;
  Result<void> check() override;

  // Takes marks of removals away that are old enough. Called now and then by remove() itself.
  Result<void> purge_removed(Kind kind);

 private:
  class Feed;
  enum class Write : std::uint8_t { kText, kRemoval };

  NatsSessionStore(NatsConnection& connection, Milliseconds removed_are_kept)
      : connection_(connection), removed_are_kept_(removed_are_kept) {}

  std::string bucket(Kind kind) const;
  std::string stream(Kind kind) const { return "KV_" + bucket(kind); }
  std::string subject(Kind kind, std::string_view key) const;
  Result<void> make_bucket(Kind kind);
  // What is there: the key's newest message, a removal too; empty: there was never one.
  Result<std::optional<Document>> newest(Kind kind, std::string_view key);
  // Empty `expected`: whatever is there. Empty result: something else is there.
  Result<std::optional<Revision>> write(Kind kind, std::string_view key, std::string_view text,
                                        std::optional<Revision> expected, Write what);

  NatsConnection& connection_;
  const Milliseconds removed_are_kept_;
  std::atomic<int> removals_ = 0;
};

}  // namespace pawfect
