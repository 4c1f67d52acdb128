// The head of an answer as it goes over the wire. Pure but for the date.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/exchange.h"

namespace pawfect::http {

enum class Afterwards : std::uint8_t { kKeepAlive, kClose };

// Whether the handler wants the connection closed.
bool says_close(const Response& response);

// Status line and fields; `always` are those that every answer bears, unless it has its own. The
// framing of the body is the caller's, and so is the empty line.
std::string answer_head(const Response& response, const Texts& always, Afterwards afterwards);

// The bytes of the body; empty: it has no length that is known, or that may be said.
std::optional<std::uint64_t> answer_length(const Response& response);

}  // namespace pawfect::http
