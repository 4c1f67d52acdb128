// A client of its own on a NATS server of a test: connection, queue and sessions.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "store/nats_queue.h"
#include "store/nats_session_store.h"

namespace pawfect::fakes {

struct TestNatsClient {
  static constexpr Milliseconds kLease{900};

  // Error: one of its parts cannot be had (yet).
  static Result<TestNatsClient> open(NatsSetup setup,
                                     Milliseconds removed_are_kept = Milliseconds(3'600'000)) {
    setup.prefix = "pets";
    TestNatsClient client;
    auto connection = NatsConnection::open(std::move(setup));
    if (!connection) return std::unexpected(connection.error());
    client.connection = std::move(*connection);
    auto queue = NatsQueue::open(*client.connection, kLease);
    if (!queue) return std::unexpected(queue.error());
    client.queue = std::move(*queue);
    auto sessions = NatsSessionStore::open(*client.connection, removed_are_kept);
    if (!sessions) return std::unexpected(sessions.error());
    client.sessions = std::move(*sessions);
    return client;
  }

  std::unique_ptr<NatsConnection> connection;  // outlives the two below
  std::unique_ptr<NatsQueue> queue;
  std::unique_ptr<NatsSessionStore> sessions;
};

}  // namespace pawfect::fakes
