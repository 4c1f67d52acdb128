// What goes wrong with a request, as the client sees it: application/problem+json (RFC 9457). A
// value type.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pawfect::http {

struct Problem {
  int status = 500;
  std::string type;    // the last part of the type's address: "too-large"; stable, for programs
  std::string detail;  // one line for a person: what was found, what is allowed, what to do next
  std::optional<int> retry_after_s = {};  // becomes Retry-After
  std::vector<std::pair<std::string, std::string>> more =
      {};  // further members, texts: "expiredAt"
};

// "Content Too Large"
std::string status_title(int status);

// {"type":"/problems/too-large","title":"...","status":413,"detail":"...",...}
std::string to_text(const Problem& problem);

}  // namespace pawfect::http
