// Access: who asks, and how much he may. With no tokens in the configuration everybody is nobody
// and may do everything. Safe from any thread.
#pragma once

#include <expected>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/service_config.h"
#include "http/exchange.h"
#include "http/problem.h"

namespace pawfect {

class Access {
 public:
  // Both outlive this.
  Access(const std::vector<TokenConfig>& tokens, const Clock& clock)
      : tokens_(tokens), clock_(clock) {}

  // The name of the token that the request bears; "" where there are none. Problem (401): it bears
  // none, or one that is not known.
  std::expected<std::string, http::Problem> owner(const http::Request& request) const;

  // Takes one of the requests that the owner has for this minute. Problem (429): there is none
  // left.
  std::expected<void, http::Problem> take_request(const std::string& owner);

  // Null: no limits for him.
  const TokenConfig* limits(const std::string& owner) const;

 private:
  // A bucket of requests that fills up as time goes by.
  struct Bucket {
    double left = 0;
    MonotonicTime at;
  };

  const std::vector<TokenConfig>& tokens_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the buckets
  std::map<std::string, Bucket> buckets_;
};

}  // namespace pawfect
