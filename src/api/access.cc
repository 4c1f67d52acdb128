#include "api/access.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string_view>

#include "base/sha256.h"

namespace pawfect {
namespace {

using http::Problem;

constexpr std::string_view kScheme = "bearer ";
constexpr std::size_t kMostTokenBytes = 500;

// "Bearer TOKEN"; the scheme in any case (RFC 9110, 11.1).
bool has_scheme(std::string_view header) {
  return header.size() >= kScheme.size() &&
         std::ranges::equal(header.substr(0, kScheme.size()), kScheme, {},
                            [](unsigned char c) { return char(std::tolower(c)); });
}

// Takes the same time wherever the two begin to differ.
bool is_same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

std::expected<std::string, Problem> Access::owner(const http::Request& request) const {
  if (tokens_.empty()) return "";
  const std::string_view header = request.header("authorization");
  if (!has_scheme(header) || header.size() > kScheme.size() + kMostTokenBytes) {
    return std::unexpected(
        Problem{401, "token-missing", "send the header Authorization: Bearer TOKEN"});
  }
  const std::string_view token = header.substr(kScheme.size());
  const std::string digest = hex(sha256(std::as_bytes(std::span(token))));
  const TokenConfig* found = nullptr;
  for (const TokenConfig& known : tokens_) {
    if (is_same(digest, known.sha256)) found = &known;
  }
  if (found == nullptr)
    return std::unexpected(Problem{401, "token-unknown", "this token is not known here"});
  return found->name;
}

const TokenConfig* Access::limits(const std::string& owner) const {
  const auto found = std::ranges::find(tokens_, owner, &TokenConfig::name);
  return found == tokens_.end() ? nullptr : &*found;
}

std::expected<void, Problem> Access::take_request(const std::string& owner) {
  const TokenConfig* token = limits(owner);
  if (token == nullptr) return {};
  const MonotonicTime now = clock_.monotonic();
  const double most = token->requests_per_minute;
  const std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_.try_emplace(owner, Bucket{most, now}).first->second;
  const double minutes = std::chrono::duration<double, std::ratio<60>>(now - bucket.at).count();
  bucket.left = std::min(most, bucket.left + minutes * most);
  bucket.at = now;
  if (bucket.left < 1) {
    const int seconds = 1 + static_cast<int>(60 * (1 - bucket.left) / most);
    return std::unexpected(
        Problem{429, "rate", "this token has no requests left for now", seconds});
  }
  bucket.left -= 1;
  return {};
}

}  // namespace pawfect
