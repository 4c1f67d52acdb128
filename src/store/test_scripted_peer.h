// An HTTP server of tests that answers what its script says, right or wrong, and remembers what it
// was asked. One connection after the other, one request each, on a thread of its own; it hangs no
// longer than it lives.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"

namespace pawfect::fakes {

struct ScriptedAnswer {
  std::string bytes;
  std::uint64_t spaces_after = 0;  // so many follow, in pieces
  bool hangs_after = false;        // says nothing more and keeps the connection
};

// "HTTP/1.1 200 OK", Content-Length and the body.
inline ScriptedAnswer http_answer(int status, std::string_view body = "") {
  return {.bytes = fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                               status, body.size(), body)};
}

class ScriptedPeer {
 public:
  // The last answer is given again and again.
  explicit ScriptedPeer(std::vector<ScriptedAnswer> script) : script_(std::move(script)) {
    listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), plain, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), plain, &size) != 0)
      throw std::runtime_error("a port of the scripted peer");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  // Heads and bodies, in the order in which they came.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  static bool is_ready(int descriptor, short what, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waited{.fd = descriptor, .events = what, .revents = 0};
      if (::poll(&waited, 1, 10) > 0) return true;
    }
    return false;
  }

  void serve(const std::stop_token& stop) {
    while (is_ready(listener_.get(), POLLIN, stop)) {
      const FileDescriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer.is_open()) continue;
      std::string request = read_request(peer.get(), stop);
      if (request.empty()) continue;
      std::unique_lock lock(mutex_);
      const ScriptedAnswer& answer = script_[std::min(requests_.size(), script_.size() - 1)];
      requests_.push_back(std::move(request));
      lock.unlock();
      send(peer.get(), answer, stop);
    }
  }

  static std::string read_request(int peer, const std::stop_token& stop) {
    std::string request;
    bool is_continued = false;
    while (is_ready(peer, POLLIN, stop)) {
      std::array<char, 4096> piece;
      const ssize_t got = ::recv(peer, piece.data(), piece.size(), 0);
      if (got <= 0) return "";
      request.append(piece.data(), static_cast<std::size_t>(got));
      const std::size_t head = request.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      if (!is_continued && request.find("Expect: 100-continue") < head) {
        is_continued = true;
        send_all(peer, "HTTP/1.1 100 Continue\r\n\r\n", stop);
      }
      const std::size_t length = request.find("Content-Length: ");
      const std::size_t body = length < head ? std::stoul(request.substr(length + 16, 12)) : 0;
      if (request.size() >= head + 4 + body) return request;
    }
    return "";
  }

  static bool send_all(int peer, std::string_view bytes, const std::stop_token& stop) {
    while (!bytes.empty()) {
      if (!is_ready(peer, POLLOUT, stop)) return false;
      const ssize_t sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  static void send(int peer, const ScriptedAnswer& answer, const std::stop_token& stop) {
    if (!send_all(peer, answer.bytes, stop)) return;
    const std::string spaces(65536, ' ');
    for (std::uint64_t left = answer.spaces_after; left > 0;) {
      const std::size_t piece = std::min<std::uint64_t>(left, spaces.size());
      if (!send_all(peer, std::string_view(spaces).substr(0, piece), stop)) return;
      left -= piece;
    }
    if (answer.hangs_after) is_ready(peer, POLLIN, stop);  // until the client goes
  }

  const std::vector<ScriptedAnswer> script_;
  FileDescriptor listener_;
  int port_ = 0;
  mutable std::mutex mutex_;  // guards requests_
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace pawfect::fakes
