#include "store/nats_server_info.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <charconv>
#include <memory>

#include "base/file_descriptor.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr JsonBounds kBounds{64 * 1024, 8};
constexpr std::size_t kMostInfoBytes = 64 * 1024;
constexpr timeval kPatience{2, 0};

struct HostPort {
  std::string host, port = "4222";
};

HostPort host_and_port(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  if (const std::size_t user = url.rfind('@'); user != std::string_view::npos)
    url.remove_prefix(user + 1);
  HostPort found;
  const std::size_t colon = url.rfind(':');
  found.host = url.substr(0, colon);
  if (colon != std::string_view::npos) found.port = url.substr(colon + 1);
  return found;
}

FileDescriptor connected(const HostPort& where) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    FileDescriptor link(socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!link.is_open()) continue;
    // Both hold for the connect too.
    setsockopt(link.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(link.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    if (connect(link.get(), address->ai_addr, address->ai_addrlen) == 0) return link;
  }
  return {};
}

// The next number of a version; -1: there is none.
int next_number(std::string_view& version) {
  int number = -1;
  const auto [end, problem] =
      std::from_chars(version.data(), version.data() + version.size(), number);
  if (problem != std::errc()) return -1;
  version.remove_prefix(std::size_t(end - version.data()));
  if (version.starts_with('.')) version.remove_prefix(1);
  return number;
}

}  // namespace

std::optional<std::string> version_in_info(std::string_view line) {
  constexpr std::string_view kInfo = "INFO ";
  if (!line.starts_with(kInfo)) return std::nullopt;
  const auto json = parse_object(line.substr(kInfo.size()), "INFO", kBounds);
  if (!json || !json->contains("version") || !(*json)["version"].is_string()) return std::nullopt;
  return (*json)["version"].get<std::string>();
}

std::optional<std::string> nats_server_version(std::string_view url) {
  const FileDescriptor link = connected(host_and_port(url));
  if (!link.is_open()) return std::nullopt;
  std::string line;
  std::array<char, 4096> piece;
  while (line.find('\n') == std::string::npos && line.size() < kMostInfoBytes) {
    const ssize_t count = recv(link.get(), piece.data(), piece.size(), 0);
    if (count <= 0) return std::nullopt;
    line.append(piece.data(), std::size_t(count));
  }
  return version_in_info(std::string_view(line).substr(0, line.find_first_of("\r\n")));
}

bool is_older(std::string_view a, std::string_view b) {
  for (int part = 0; part < 3; ++part) {
    const int x = next_number(a), y = next_number(b);
    if (x != y) return x < y;
  }
  return false;
}

}  // namespace pawfect
