// NatsConnection: one connection to a NATS server or cluster, and what the adapters on JetStream
// need of cnats: handles that free themselves, errors as Results. Reconnects by itself for as long
// as it lives; calls fail meanwhile, at once where the break is known and after `wait` where not.
// Safe from any thread.
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace pawfect {

// Frees a handle of cnats with the function that is its own.
template <auto destroy>
struct NatsFree {
  template <typename T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};
using NatsMessage = std::unique_ptr<natsMsg, NatsFree<natsMsg_Destroy>>;
using NatsSubscription = std::unique_ptr<natsSubscription, NatsFree<natsSubscription_Destroy>>;
using NatsStreamInfo = std::unique_ptr<jsStreamInfo, NatsFree<jsStreamInfo_Destroy>>;

struct NatsSetup {
  std::string urls;         // "nats://host:port", several separated by commas
  std::string credentials;  // a file; empty: none
  std::string prefix;       // of streams, buckets and subjects
  int replicas = 1;
  Milliseconds wait{5'000};  // for an answer
};

class NatsConnection {
 public:
  // Errors: kUsage for urls or credentials that are none, kUnavailable when nobody answers.
  static Result<std::unique_ptr<NatsConnection>> open(NatsSetup setup);
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  jsCtx* jetstream() const { return jetstream_; }

  // Error: the connection is broken just now. Asked before every call, for what cnats would else
  // keep until there is a connection again, and send then.
  Result<void> reachable() const;

  // How often the connection was made anew; a subscription of before may have missed something.
  std::uint64_t reconnects() const;

  // Sends and waits until the server has said that it got it: acknowledgements.
  Result<void> confirm(const std::string& subject, std::string_view text);
  const NatsSetup& setup() const { return setup_; }

  // What an operator should know about the server: an old version, settings that cannot be seen.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // kUnavailable with what was tried and what cnats says.
  Error trouble(std::string_view what, natsStatus status, jsErrCode code = jsErrCode(0)) const;

  // Makes the stream where it is missing; one that is there stays as it is.
  Result<void> make_stream(jsStreamConfig& config);
  Result<NatsStreamInfo> stream_info(const std::string& stream);

 private:
  explicit NatsConnection(NatsSetup setup) : setup_(std::move(setup)) {}

  NatsSetup setup_;
  std::string shown_urls_;  // without names and passwords
  natsOptions* options_ = nullptr;
  natsConnection* connection_ = nullptr;
  jsCtx* jetstream_ = nullptr;
  std::vector<std::string> warnings_;
};

}  // namespace pawfect
