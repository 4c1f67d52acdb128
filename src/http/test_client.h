// TestClient: a blocking client for the tests of the server, which sends what no library would let
// one send. Every wait ends after kPatience. For one thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"

namespace pawfect::http {

struct TestAnswer {
  int status = 0;                              // 0: none came
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool is_whole = false;  // the body came to its end

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class TestClient {
 public:
  static constexpr int kPatienceSeconds = 20;

  // Not connected yet.
  TestClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{kPatienceSeconds, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }

  // `address` as Server::address() has it.
  explicit TestClient(std::string_view address) : TestClient() { connect(address); }

  // Before the connect: for clients that do not read, a small one.
  void set_receive_buffer(int bytes) {
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  bool connect(std::string_view address) {
    const sockaddr_in peer = endpoint(address);
    return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) == 0;
  }

  int descriptor() const { return socket_.get(); }

  // False: the other side has gone.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

  // Closes with a reset instead of an end.
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }

  // The next answer. `has_body`: false after HEAD.
  TestAnswer read_answer(bool has_body = true) {
    TestAnswer answer;
    const auto head = read_until("\r\n\r\n");
    if (!head || !head->starts_with("HTTP/1.1 ")) return answer;
    answer.status = std::stoi(head->substr(9, 3));
    read_fields(*head, answer);
    const bool is_bare = answer.status < 200 || answer.status == 204 || answer.status == 304;
    if (is_bare || !has_body) {
      answer.is_whole = true;
    } else if (answer.header("transfer-encoding") == "chunked") {
      answer.is_whole = read_chunks(answer.body);
    } else if (answer.headers.contains("content-length")) {
      const std::size_t length = std::stoul(answer.header("content-length"));
      while (buffer_.size() < length && receive()) {
      }
      answer.body = take(std::min(length, buffer_.size()));
      answer.is_whole = answer.body.size() == length;
    } else {
      answer.body = read_to_end();
      answer.is_whole = true;
    }
    return answer;
  }

  // Up to and with `mark`; empty: the other side went before.
  std::optional<std::string> read_until(std::string_view mark) {
    while (true) {
      const std::size_t at = buffer_.find(mark);
      if (at != std::string::npos) return take(at + mark.size());
      if (!receive()) return std::nullopt;
    }
  }

  std::string read_to_end() {
    while (receive()) {
    }
    return take(buffer_.size());
  }

  // Waits for the other side to close. False: it says something, or nothing at all for long.
  bool is_closed() { return buffer_.empty() && !receive() && !is_late_; }

 private:
  static sockaddr_in endpoint(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    std::uint16_t port = 0;
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port);
    inet_pton(AF_INET, std::string(address.substr(0, colon)).c_str(), &peer.sin_addr);
    return peer;
  }

  bool receive() {
    char piece[16 * 1024];
    ssize_t count = 0;
    do {
      count = ::recv(socket_.get(), piece, sizeof piece, 0);
    } while (count < 0 && errno == EINTR);
    is_late_ = count < 0 && errno == EAGAIN;
    if (count <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(count));
    return true;
  }

  std::string take(std::size_t count) {
    std::string text = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return text;
  }

  static void read_fields(std::string_view head, TestAnswer& answer) {
    head.remove_prefix(head.find("\r\n") + 2);
    while (head.size() > 2) {
      const std::size_t end = head.find("\r\n"), colon = head.find(": ");
      std::string name(head.substr(0, colon));
      std::ranges::transform(name, name.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
      answer.headers[name] = head.substr(colon + 2, end - colon - 2);
      head.remove_prefix(end + 2);
    }
  }

  bool read_chunks(std::string& body) {
    while (true) {
      const auto line = read_until("\r\n");
      if (!line) return false;
      const std::size_t length = std::stoul(*line, nullptr, 16);
      while (buffer_.size() < length + 2 && receive()) {
      }
      if (buffer_.size() < length + 2) return false;
      body += take(length);
      take(2);
      if (length == 0) return true;
    }
  }

  FileDescriptor socket_;
  std::string buffer_;
  bool is_late_ = false;
};

}  // namespace pawfect::http
