#include "config/config_rules.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace pawfect {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

bool has(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

// Letters, capitals where they are allowed, digits and `more`.
bool is_made_of(std::string_view text, std::size_t least, std::size_t most, bool capitals,
                std::string_view more) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, [&](char c) {
           return has(kLetters, c) || has(kDigits, c) || has(more, c) ||
                  (capitals && has(kCapitals, c));
         });
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::ranges::find(known, text) != known.end();
}

// "example.org", "127.0.0.1:80", "[::1]:80"
bool is_host(std::string_view text) {
  std::string_view host = text;
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    std::uint16_t number = 0;
    const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
    if (read.ec != std::errc() || read.ptr != port.data() + port.size() || number == 0)
      return false;
  }
  if (host.starts_with('[') && host.ends_with(']'))
    return parse_listen_address(std::string(host) + ":0").has_value();
  return is_made_of(host, 1, 253, true, ".-_");
}

bool is_url(std::string_view text, std::initializer_list<std::string_view> schemes) {
  return std::ranges::any_of(schemes, [&](std::string_view scheme) {
    return text.starts_with(scheme) && is_host(text.substr(scheme.size()));
  });
}

}  // namespace

bool is_listen_address(std::string_view text) { return parse_listen_address(text).has_value(); }
bool is_origin(std::string_view text) { return is_url(text, {"http://", "https://"}); }
bool is_http_or_https_url(std::string_view text) { return is_url(text, {"http://", "https://"}); }
bool is_http_url(std::string_view text) {
  if (!is_url(text, {"http://"})) return false;
  // The colon before a port, not one of those in "[::1]" or after the scheme.
  const std::size_t bracket = text.find(']');
  return text.find(':', bracket == std::string_view::npos ? 7 : bracket) != std::string_view::npos;
}

bool is_nats_url(std::string_view text) {
  while (true) {
    const std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    const std::size_t scheme = one.find("://");
    // A user and a password may stand before the host.
    const std::size_t at = one.rfind('@');
    if (scheme == std::string_view::npos || !is_one_of(one.substr(0, scheme), {"nats", "tls"}))
      return false;
    one.remove_prefix(at == std::string_view::npos ? scheme + 3 : at + 1);
    if (!is_host(one)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_nats_prefix(std::string_view text) { return is_made_of(text, 1, 32, false, "_"); }
bool is_bucket(std::string_view text) { return is_made_of(text, 3, 63, false, ".-"); }

bool is_object_prefix(std::string_view text) {
  return is_made_of(text, 0, 100, true, "._-/") && !text.starts_with('/') && !text.ends_with('/');
}

bool is_word(std::string_view text) { return is_made_of(text, 1, 100, true, "._-"); }
bool is_absolute_path(std::string_view text) { return text.starts_with('/'); }
bool is_token_name(std::string_view text) { return is_made_of(text, 1, 64, false, "-"); }

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return has(kDigits, c) || has("abcdef", c); });
}

bool is_store_kind(std::string_view text) { return is_one_of(text, {"sqlite", "nats"}); }
bool is_blob_kind(std::string_view text) { return is_one_of(text, {"files", "s3"}); }
bool is_engine(std::string_view text) { return is_one_of(text, {"texture", "flux"}); }
bool is_backend(std::string_view text) { return is_one_of(text, {"cpu", "cuda", "vulkan"}); }
bool is_log_level(std::string_view text) {
  return is_one_of(text, {"debug", "info", "warning", "error", "off"});
}
bool is_log_format(std::string_view text) { return is_one_of(text, {"text", "json"}); }

}  // namespace pawfect
