#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>
#include <optional>

#include "http/http_call.h"

namespace pawfect::http {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr std::size_t kMostHostBytes = 253;  // of a name (RFC 1035)
constexpr std::size_t kMostBaseBytes = 200;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= kMostHostBytes && is_letter_or_digit(host.front()) &&
         std::ranges::all_of(host,
                             [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
}

bool is_base(std::string_view base) {
  const bool is_plain = std::ranges::all_of(base, [](char c) {
    return is_letter_or_digit(c) || std::string_view("/-._~").find(c) != std::string_view::npos;
  });
  return is_plain && base.size() <= kMostBaseBytes && base.find("..") == std::string_view::npos &&
         base.find("//") == std::string_view::npos;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// "name:port" or "[::1]:port"
std::optional<CallAddress> parse_authority(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = port_number(text.substr(colon + 1));
  if (!port) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    boost::system::error_code wrong;
    asio::ip::make_address_v6(std::string(host), wrong);
    if (wrong || host.find('%') != std::string_view::npos) return std::nullopt;
  } else if (!is_host(host)) {
    return std::nullopt;
  }
  return CallAddress{std::string(host), *port, ""};
}

}  // namespace

std::string CallAddress::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<CallAddress> parse_call_address(std::string_view url) {
  const auto wrong = [&] {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no address that can be called; write http://HOST:PORT or "
                            "http://HOST:PORT/BASE",
                            url.substr(0, 100)));
  };
  if (!url.starts_with(kScheme)) return wrong();
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  auto address = parse_authority(rest.substr(0, slash));
  std::string_view base = rest.substr(slash);
  if (base.ends_with('/')) base.remove_suffix(1);
  if (!address || !is_base(base)) return wrong();
  address->base = base;
  return std::move(*address);
}

}  // namespace pawfect::http
