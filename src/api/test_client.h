// A client of the tests of this room: one request a connection, or a connection that is read line
// by line, for event streams. Every wait ends after kPatience. Belongs to one thread.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "jobs/strict_json.h"

namespace pawfect::fakes {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status = 0;  // 0: there was none
  Headers headers = {};
  std::string body = {};

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return "";
  }
  Json json() const { return Json::parse(body, nullptr, false); }
  // Of a problem: "bad-image".
  std::string type() const {
    const Json parsed = json();
    const std::string type = parsed.is_object() ? parsed.value("type", "") : "";
    return type.substr(type.rfind('/') + 1);
  }
};

class Socket {
 public:
  static constexpr int kPatience = 30;  // seconds

  explicit Socket(const std::string& address)
      : file_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(std::uint16_t(std::stoi(address.substr(address.rfind(':') + 1))));
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval time{kPatience, 0};
    setsockopt(file_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    setsockopt(file_.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    if (connect(file_.get(), reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0) file_.reset();
  }

  // False: the server has gone, which may be its answer.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(file_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(std::size_t(count));
    }
    return true;
  }

  // Up to and with `end`; empty: the connection ended before.
  std::string read_until(std::string_view end) {
    while (true) {
      const std::size_t at = kept_.find(end);
      if (at != std::string::npos) {
        std::string piece = kept_.substr(0, at + end.size());
        kept_.erase(0, piece.size());
        return piece;
      }
      if (!read_more()) return "";
    }
  }
  std::string read_to_the_end() {
    while (read_more()) continue;
    return std::exchange(kept_, "");
  }
  void close() { file_.reset(); }

 private:
  bool read_more() {
    char piece[16384];
    const ssize_t count = recv(file_.get(), piece, sizeof piece, 0);
    if (count > 0) kept_.append(piece, std::size_t(count));
    return count > 0;
  }

  FileDescriptor file_;
  std::string kept_;
};

inline std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

inline Answer parse_head(std::string_view head) {
  Answer answer;
  if (!head.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::stoi(std::string(head.substr(9, 3)));
  head.remove_prefix(std::min(head.size(), head.find("\r\n") + 2));
  while (!head.empty() && !head.starts_with("\r\n")) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::size_t colon = head.find(": ");
    answer.headers.emplace_back(lower(std::string(head.substr(0, colon))),
                                head.substr(colon + 2, end - colon - 2));
    head.remove_prefix(std::min(head.size(), end + 2));
  }
  return answer;
}

inline std::string request_text(std::string_view method, std::string_view target,
                                const Headers& headers, std::string_view body) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: test\r\n", method, target);
  for (const auto& [name, value] : headers) text += fmt::format("{}: {}\r\n", name, value);
  if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
  return text + "Connection: close\r\n\r\n" + std::string(body);
}

// An answer that is no event stream.
inline Answer ask(const std::string& address, std::string_view method, std::string_view target,
                  const Headers& headers = {}, std::string_view body = {}) {
  Socket socket(address);
  socket.send(request_text(method, target, headers, body));
  const std::string head = socket.read_until("\r\n\r\n");
  Answer answer = parse_head(head);
  answer.body = socket.read_to_the_end();
  return answer;
}

// A part of a form; with a file's name it is a file.
struct FormPart {
  std::string name, data, file_name = {};
};

inline constexpr const char* kBoundary = "----a-boundary-of-the-tests";

inline Headers form_headers() {
  return {{"Content-Type", fmt::format("multipart/form-data; boundary={}", kBoundary)}};
}

inline std::string form_text(const std::vector<FormPart>& parts) {
  std::string text;
  for (const FormPart& part : parts) {
    text +=
        fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"", kBoundary, part.name);
    if (!part.file_name.empty()) text += fmt::format("; filename=\"{}\"", part.file_name);
    text += "\r\n\r\n" + part.data + "\r\n";
  }
  return text + fmt::format("--{}--\r\n", kBoundary);
}

}  // namespace pawfect::fakes
