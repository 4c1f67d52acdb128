#include "store/s3_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace pawfect {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz", kDigits = "0123456789",
                           kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_made_of(std::string_view text, std::initializer_list<std::string_view> sets) {
  return std::ranges::all_of(text, [&](char c) {
    return std::ranges::any_of(sets, [&](std::string_view set) { return set.contains(c); });
  });
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  return problem == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']'))  // IPv6
    return text.size() > 4 && text.size() < 48 &&
           is_made_of(text.substr(1, text.size() - 2), {kDigits, "abcdefABCDEF:."});
  return !text.empty() && text.size() <= 253 && is_made_of(text, {kLower, kUpper, kDigits, "-."});
}

// Without the '/' that may stand at its end. Empty: it is none.
std::optional<std::string> endpoint(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  std::string_view rest = text;
  if (rest.starts_with("https://"))
    rest.remove_prefix(8);
  else if (rest.starts_with("http://"))
    rest.remove_prefix(7);
  else
    return std::nullopt;
  const std::size_t colon = rest.find(':', rest.starts_with('[') ? rest.find(']') : 0);
  if (!is_host(rest.substr(0, colon))) return std::nullopt;
  if (colon != std::string_view::npos && !is_port(rest.substr(colon + 1))) return std::nullopt;
  return std::string(text);
}

bool is_bucket(std::string_view text) {
  return text.size() >= 3 && text.size() <= 63 && is_made_of(text, {kLower, kDigits, "-."}) &&
         text.front() != '-' && text.front() != '.' && !text.contains("..");
}

// Empty, or with one '/' at its end. Nothing in it needs encoding, in an address or in XML.
std::optional<std::string> folder(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty()) return std::string();
  if (text.size() > 200) return std::nullopt;
  std::string out;
  while (true) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    if (part.empty() || part == "." || part == ".." ||
        !is_made_of(part, {kLower, kUpper, kDigits, "-._"}))
      return std::nullopt;
    out.append(part).push_back('/');
    if (slash == std::string_view::npos) return out;
    text.remove_prefix(slash + 1);
  }
}

bool is_key_of_access(std::string_view text) {
  return !text.empty() && text.size() <= 200 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::unexpected<Error> wrong(std::string_view key, std::string_view found,
                             std::string_view allowed) {
  return fail(ErrorCode::kUsage, fmt::format("[blobs] {}: {} found, {}", key, found, allowed));
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 80)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return out + '"';
}

// RFC 3986: everything but the unreserved characters, as the signature wants it.
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_made_of(std::string_view(&c, 1), {kLower, kUpper, kDigits, "-._~"}))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

Result<S3Address> S3Address::create(const ServiceConfig::Blobs& blobs) {
  const auto server = endpoint(blobs.s3_endpoint);
  // Not repeated: somebody may have put a password into it.
  if (!server)
    return wrong("s3_endpoint", blobs.s3_endpoint.empty() ? "nothing" : "no such address",
                 "http:// or https://, a host and perhaps :PORT are allowed, nothing after them");
  if (!is_bucket(blobs.s3_bucket))
    return wrong("s3_bucket", shown(blobs.s3_bucket),
                 "3 to 63 of a-z, 0-9, '-' and '.' are allowed; create the bucket and name it");
  if (blobs.s3_region.empty() || blobs.s3_region.size() > 40 ||
      !is_made_of(blobs.s3_region, {kLower, kDigits, "-"}))
    return wrong("s3_region", shown(blobs.s3_region),
                 "1 to 40 of a-z, 0-9 and '-' are allowed; us-east-1 where a server has none");
  const auto prefix = folder(blobs.s3_prefix);
  if (!prefix)
    return wrong("s3_prefix", shown(blobs.s3_prefix),
                 "up to 200 of A-Z, a-z, 0-9, '-', '.', '_' with '/' between parts are allowed");
  for (const auto& [key, text] : {std::pair{"s3_access_key", &blobs.s3_access_key},
                                  std::pair{"s3_secret_key", &blobs.s3_secret_key}}) {
    if (!is_key_of_access(*text))
      return wrong(key, text->empty() ? "nothing" : "something else (not shown)",
                   "1 to 200 printable characters without spaces are allowed");
  }
  S3Address address;
  address.base_ = *server + '/' + blobs.s3_bucket;
  address.folder_ = *prefix;
  address.place_ = fmt::format("bucket \"{}\" at {}", blobs.s3_bucket, *server);
  return address;
}

// The parameters in the order of their names: libcurl 7.88 signs them as they stand, and the
// server sorts them before it checks.
std::string S3Address::list_url(std::string_view prefix, std::string_view after_key,
                                int most) const {
  std::string url =
      fmt::format("{}?list-type=2&max-keys={}&prefix={}", base_, most, encoded(key(prefix)));
  if (!after_key.empty()) url += "&start-after=" + encoded(after_key);
  return url;
}

}  // namespace pawfect
