// A call to another service: one POST of JSON over HTTP/1.1, with limits for everything, so that
// whatever the other side does (nothing, garbage, 100 MB) costs a little time and memory. No
// redirects, no TLS, a connection a call. Runs on the executor of the caller, who need not be the
// server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pawfect::http {

namespace asio = boost::asio;

struct CallAddress {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
  std::string base;  // "" or "/labels": stands before every path

  // "host:port", as the Host field has it.
  std::string authority() const;
};

// "http://host:port" or "http://host:port/base". Error: kUsage, for a setting that somebody wrote.
Result<CallAddress> parse_call_address(std::string_view url);

struct CallLimits {
  std::chrono::milliseconds total{2000};  // from the look-up of the name to the answer's last byte
  std::size_t most_answer_bytes = 64 * 1024;
};

struct CallAnswer {
  int status = 0;
  std::string body;
};

enum class CallFailure : std::uint8_t {
  kUnknownHost,
  kRefused,  // nobody listens there, or there is no way there
  kTimeout,
  kReset,    // the connection broke off before the answer was whole
  kGarbage,  // the answer is no HTTP
  kTooLarge,
};

// One word for logs and metrics: "refused".
std::string_view word(CallFailure failure);

// `path` begins with '/' and comes from our own code.
asio::awaitable<std::expected<CallAnswer, CallFailure>> post_json(CallAddress address,
                                                                  std::string path,
                                                                  std::string body,
                                                                  CallLimits limits = {});

}  // namespace pawfect::http
