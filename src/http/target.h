// A request's target ("/v1/jobs/ab?wait=3") taken apart, strictly: what could mean something else
// to somebody behind or before us is refused. Pure functions.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "http/problem.h"

namespace pawfect::http {

struct Target {
  static constexpr std::size_t kMostBytes = 2000;
  static constexpr std::size_t kMostQueryMembers = 64;

  std::string path;  // begins with '/'; percent signs resolved
  Texts query;
};

// Problem (400, 414): too long, no path, a percent sign that stands for nothing, for a control
// character, a slash or a backslash, a part "." or "..", bytes that are no UTF-8. An absolute form
// ("http://host/path") is taken by its path.
std::expected<Target, Problem> parse_target(std::string_view target);

// "%41b" -> "Ab"; empty when a percent sign stands for nothing, or for a control character.
std::optional<std::string> percent_decoded(std::string_view text);

// Whether the bytes are UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace pawfect::http
