// Where a server listens, as it is written: "127.0.0.1:8080", "[::1]:8080". A value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pawfect {

struct ListenAddress {
  std::string address;     // without brackets
  std::uint16_t port = 0;  // 0: any that is free
  bool is_loopback = false;

  bool operator==(const ListenAddress&) const = default;
};

inline constexpr std::string_view kListenForm =
    "ADDRESS:PORT in numbers, as in \"127.0.0.1:8080\" or \"[::1]:8080\"";

// Empty: it is none.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace pawfect
