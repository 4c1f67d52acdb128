// Idempotency keys: a request with a key is done once, however often and from wherever it is sent.
// Whoever claims a key decides on the ids of what he makes and writes them down first, so that one
// who takes over after a crash makes the same things. Blocks: for Workers. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "http/problem.h"
#include "jobs/id.h"
#include "store/session_store.h"

namespace pawfect {

struct RequestIds {
  JobId job;
  SessionId session;
};

class Idempotency {
 public:
  static constexpr Milliseconds kTakeOver{120'000};  // a request that runs longer has died
  static constexpr Milliseconds kRemembered{86'400'000};

  // Both outlive this.
  Idempotency(SessionStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // The document of a key; owner and path keep clients and routes apart.
  static std::string document_key(std::string_view owner, std::string_view path,
                                  std::string_view key);

  struct Claim {  // do it, with these ids, then finish() or give_up()
    std::string key, fingerprint;
    RequestIds ids;
    Revision revision = 0;       // of the document while it is his
    bool is_taken_over = false;  // somebody may have done some of it
  };
  struct Replay {  // it was done; this was the answer
    std::string answer;
  };
  using Begun = std::variant<Claim, Replay, http::Problem>;

  // `fingerprint` says what is asked for; `ids` are used when nobody was here before. Problems: 409
  // it runs, 422 the key was used for something else. Error: the store's.
  Result<Begun> begin(const std::string& document_key, std::string_view fingerprint,
                      const RequestIds& ids);

  // Does nothing when the key was taken over in the meantime.
  Result<void> finish(const Claim& claim, std::string_view answer);

  // The request failed. The key is free again; where something may have been written, only for the
  // same request with the same ids, so that it finds what is there.
  enum class Written { kNothing, kMaybe };
  void give_up(const Claim& claim, Written written);

  // Forgets keys older than kRemembered; returns how many.
  Result<std::int64_t> sweep();

 private:
  SessionStore& store_;
  const Clock& clock_;
};

}  // namespace pawfect
