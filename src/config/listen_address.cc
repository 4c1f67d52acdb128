#include "config/listen_address.h"

#include <arpa/inet.h>

#include <charconv>

namespace pawfect {

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  // What follows a NUL would be invisible to inet_pton.
  if (colon == std::string_view::npos || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::string_view address = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);

  ListenAddress listen;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (read.ec != std::errc() || read.ptr != port.data() + port.size()) return std::nullopt;

  if (address.starts_with('[') && address.ends_with(']')) {
    listen.address = address.substr(1, address.size() - 2);
    in6_addr six{};
    if (inet_pton(AF_INET6, listen.address.c_str(), &six) != 1) return std::nullopt;
    listen.is_loopback = IN6_IS_ADDR_LOOPBACK(&six);
    return listen;
  }
  listen.address = address;
  in_addr four{};
  if (inet_pton(AF_INET, listen.address.c_str(), &four) != 1) return std::nullopt;
  listen.is_loopback = ntohl(four.s_addr) >> 24 == 127;
  return listen;
}

}  // namespace pawfect
