// S3Client: requests to one S3 server, tried again while that may help: when no answer came, when
// it broke off, and at 5xx and 429; never at another 4xx. Between tries it waits, twice as long
// each time and a little at random, so that many clients do not come back at once. Keeps a few
// connections for the next requests. Safe from any thread. No secret is in a message.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/s3_request.h"

namespace pawfect {

struct S3Tries {
  int most = 4;
  Milliseconds first_pause{200}, longest_pause{5'000};
  std::function<double()> random;          // evenly in 0..1; called by one thread at a time
  std::function<void(Milliseconds)> wait;  // lets so much time pass; from any thread
};

class S3Client {
 public:
  // `place` is what messages call the server.
  S3Client(std::string place, S3Access access, S3Times times, S3Tries tries)
      : place_(std::move(place)),
        access_(std::move(access)),
        times_(times),
        tries_(std::move(tries)) {}

  // An answer with a status below 500 that is not 429; with 200 the receiver has nothing against
  // it. `what` is the request in messages ("GET sessions/..."). Errors: kUnavailable; kBadInput
  // when every try brought something that the receiver found wrong; what the receiver refused.
  Result<S3Answer> send(const S3Request& request, std::string_view what);

  // The same, tried once, with another time.
  Result<S3Answer> send_once(const S3Request& request, std::string_view what, Milliseconds time);

  // The error for an answer that was not expected.
  Error unexpected(const S3Answer& answer, std::string_view what) const;

 private:
  Result<S3Answer> send(const S3Request& request, std::string_view what, const S3Times& times,
                        int tries);
  S3Outcome send_over_any(const S3Request& request, const S3Times& times);
  void pause(int after_try);

  const std::string place_;
  const S3Access access_;
  const S3Times times_;
  const S3Tries tries_;
  std::mutex mutex_;                // guards idle_ and the random numbers
  std::vector<S3Connection> idle_;  // the newest last
};

}  // namespace pawfect
