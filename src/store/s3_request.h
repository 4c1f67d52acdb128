// One HTTP request to an S3 server through libcurl: signed (AWS Signature Version 4), tried once,
// every wait and buffer bounded. Redirects are not followed, only http and https are spoken,
// certificates are verified, proxies of the environment are not asked. An S3Connection owns a
// libcurl handle, which keeps its TCP connection for the next request; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace pawfect {

// Takes the body of an answer with status 200 that is too large for memory.
class S3Receiver {
 public:
  virtual ~S3Receiver() = default;
  virtual Result<void> begin() = 0;  // once a try, before the first byte
  virtual Result<void> take(std::span<const std::byte> bytes) = 0;
  // When all has come: what is wrong with it. Empty: nothing.
  virtual std::string problem() = 0;
};

struct S3Request {
  enum class Method : std::uint8_t { kGet, kHead, kPut, kDelete };

  Method method = Method::kGet;
  std::string url;                  // encoded, its parameters in the order of their names
  int body = -1;                    // kPut: a file to read from its start, borrowed
  std::uint64_t body_bytes = 0;     // of it
  std::string body_sha256 = {};     // of those, in hexadecimal; empty: there is no body
  S3Receiver* receiver = nullptr;   // borrowed; nullptr: the body goes to S3Answer::body
  std::size_t most_answer = 65536;  // bytes there
};

struct S3Answer {
  int status = 0;
  std::optional<std::uint64_t> length;  // what Content-Length says
  std::string body;                     // of any status; cut at 64 KiB when it is not 200
};

// Exactly one of these holds: an answer came, whole; `trouble` says why none did; or `refused` is
// the error of the receiver, or that the answer is larger than allowed.
struct S3Outcome {
  S3Answer answer;
  std::string trouble;
  bool is_hopeless = false;  // another try would meet the same trouble
  std::optional<Error> refused;
};

struct S3Access {
  std::string region, access_key, secret_key;
};

struct S3Times {
  Milliseconds connect{5'000};  // until the connection stands, with TLS
  Milliseconds whole{30'000};   // for the request with its answer
  int slow_s = 10;              // below 1 KiB/s for so many seconds it ends
};

class S3Connection {
 public:
  S3Connection();
  ~S3Connection();
  S3Connection(S3Connection&&) noexcept;
  S3Connection& operator=(S3Connection&&) noexcept;

  S3Outcome send(const S3Request& request, const S3Access& access, const S3Times& times);

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Close> handle_;  // CURL*
};

}  // namespace pawfect
