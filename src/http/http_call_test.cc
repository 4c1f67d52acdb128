#include "http/http_call.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "http/test_server.h"

namespace pawfect::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

// A peer that does with its one client what a test says, in a thread of its own.
class Peer {
 public:
  explicit Peer(std::function<void(int client)> behave)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof local;
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&local), length), 0);
    EXPECT_EQ(listen(listener_.get(), 5), 0);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&local), &length);
    port_ = ntohs(local.sin_port);
    thread_ = std::thread([this, behave = std::move(behave)] {
      const FileDescriptor client(accept(listener_.get(), nullptr, nullptr));
      if (client.is_open()) behave(client.get());
    });
  }
  ~Peer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  CallAddress address() const { return {"127.0.0.1", port_, ""}; }

 private:
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Until the other side has gone.
void read_to_end(int client) {
  char piece[4096];
  while (recv(client, piece, sizeof piece, 0) > 0) {
  }
}

void say(int client, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(client, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Says that, and then nothing, but stays.
std::function<void(int)> saying_and_staying(std::string text) {
  return [text = std::move(text)](int client) {
    say(client, text);
    read_to_end(client);
  };
}

// Says that and goes.
std::function<void(int)> saying_and_going(std::string text) {
  return [text = std::move(text)](int client) {
    char piece[4096];
    recv(client, piece, sizeof piece, 0);
    say(client, text);
    ::shutdown(client, SHUT_WR);
    read_to_end(client);
  };
}

std::expected<CallAnswer, CallFailure> call(const CallAddress& address, CallLimits limits = {},
                                            std::string body = "{}") {
  asio::io_context context;
  std::optional<std::expected<CallAnswer, CallFailure>> result;
  asio::co_spawn(context, post_json(address, "/v1/labels", std::move(body), limits),
                 [&](std::exception_ptr failure, std::expected<CallAnswer, CallFailure> answer) {
                   EXPECT_FALSE(failure);
                   result = std::move(answer);
                 });
  context.run();
  return *result;
}

std::string outcome(const std::expected<CallAnswer, CallFailure>& answer) {
  return answer ? fmt::format("{} {}", answer->status, answer->body)
                : std::string(word(answer.error()));
}

CallLimits patient() { return {std::chrono::minutes(1), 1000}; }
CallLimits hasty() { return {milliseconds(50), 1000}; }

TEST(CallAddress, IsReadStrictly) {
  const auto address = parse_call_address("http://labeler.internal-1:8090/base/v2/");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "labeler.internal-1");
  EXPECT_EQ(address->port, 8090);
  EXPECT_EQ(address->base, "/base/v2");
  EXPECT_EQ(address->authority(), "labeler.internal-1:8090");
  EXPECT_EQ(parse_call_address("http://127.0.0.1:1")->base, "");
  EXPECT_EQ(parse_call_address("http://127.0.0.1:1/")->base, "");
  EXPECT_EQ(parse_call_address("http://[::1]:65535")->authority(), "[::1]:65535");
}

TEST(CallAddress, RefusesEverythingElse) {
  for (const std::string url : {"",
                                "http://",
                                "http://host",
                                "http://host/",
                                "http://host:",
                                "http://host:0",
                                "http://host:65536",
                                "http://host:-1",
                                "http://host:+1",
                                "http://host: 1",
                                "http://host:80x",
                                "https://host:1",
                                "HTTP://host:1",
                                "host:1",
                                "file:///etc/passwd",
                                "http://user@host:1",
                                "http://user:1@host:1",
                                "http://host:1?x",
                                "http://host:1/a?x",
                                "http://host:1/a#x",
                                "http://host:1/../a",
                                "http://host:1//a",
                                "http://host:1/a b",
                                "http://host:1/%41",
                                "http://-a:1",
                                "http://.a:1",
                                "http://a_b:1",
                                "http://[::1:1",
                                "http://::1:1",
                                "http://[zz]:1",
                                "http://[::1%25lo]:1",
                                "http://h\r\nX: y:1",
                                "http://host:1/a\r\nX: y"}) {
    const auto address = parse_call_address(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, ErrorCode::kUsage);
  }
  EXPECT_FALSE(parse_call_address("http://" + std::string(254, 'a') + ":1"));
  EXPECT_FALSE(parse_call_address("http://a:1/" + std::string(300, 'a')));
}

TEST(HttpCall, BringsStatusAndBodyOfAServer) {
  const auto echo = [](const Request& request, Body& body) -> asio::awaitable<Response> {
    std::vector<std::byte> room(1000);
    const auto count = co_await body.read(room);
    std::string text(request.header("host"));
    text += ' ';
    text += request.header("content-type");
    text += ' ';
    text.append(reinterpret_cast<const char*>(room.data()), *count);
    co_return json_response(202, text);
  };
  TestServer server({{"POST", "/base/v1/labels", echo, 1000}});
  auto address = parse_call_address("http://" + server->address() + "/base");
  ASSERT_TRUE(address);
  EXPECT_EQ(outcome(call(*address, patient(), R"({"a":1})")),
            fmt::format(R"(202 {} application/json {{"a":1}})", server->address()));
  address->base = "/nowhere";
  EXPECT_THAT(outcome(call(*address, patient())), HasSubstr("404 {"));
}

TEST(HttpCall, FindsAHostByItsName) {
  const Peer peer(saying_and_going("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  CallAddress address = peer.address();
  address.host = "localhost";
  EXPECT_EQ(outcome(call(address, patient())), "200 ok");
}

TEST(HttpCall, ReadsAnswersOfEveryForm) {
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x\r\nk\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nok", "HTTP/1.0 200 \r\n\r\nok"}) {
    const Peer peer(saying_and_going(answer));
    EXPECT_EQ(outcome(call(peer.address(), patient())), "200 ok") << answer;
  }
  const Peer empty(saying_and_staying("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_EQ(outcome(call(empty.address(), patient())), "204 ");
  const Peer redirect(saying_and_staying(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(outcome(call(redirect.address(), patient())), "302 ");
}

TEST(HttpCall, IsRefusedWhereNobodyListens) {
  EXPECT_EQ(outcome(call({"127.0.0.1", 1, ""}, patient())), "refused");
}

TEST(HttpCall, EndsInTimeWhateverTheOtherSideLeavesUnsaid) {
  for (const char* said :
       {"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 200 OK\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    const Peer peer(saying_and_staying(said));
    EXPECT_EQ(outcome(call(peer.address(), hasty())), "timeout") << said;
  }
}

TEST(HttpCall, EndsInTimeWhenItsClientTrickles) {
  const Peer peer([](int client) {
    say(client, "HTTP/1.1 200 OK\r\nX: ");
    while (send(client, "x", 1, MSG_NOSIGNAL) == 1) std::this_thread::sleep_for(milliseconds(5));
  });
  EXPECT_EQ(outcome(call(peer.address(), hasty())), "timeout");
}

TEST(HttpCall, EndsInTimeWhenNobodyReads) {
  std::promise<void> over;
  const Peer peer([&](int) { over.get_future().wait(); });
  EXPECT_EQ(outcome(call(peer.address(), hasty(), std::string(30'000'000, 'x'))), "timeout");
  over.set_value();
}

TEST(HttpCall, TellsWhenTheConnectionBreaksOff) {
  for (const char* said :
       {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    const Peer peer(saying_and_going(said));
    EXPECT_EQ(outcome(call(peer.address(), patient())), "reset") << said;
  }
  const Peer resetting([](int client) {
    const linger now{1, 0};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  });
  EXPECT_EQ(outcome(call(resetting.address(), patient())), "reset");
}

TEST(HttpCall, TellsGarbageFromAnAnswer) {
  for (const char* said :
       {"hello\r\n\r\n", "\r\n\r\n\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n", "{\"labels\":[]}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    const Peer peer(saying_and_staying(said));
    EXPECT_EQ(outcome(call(peer.address(), patient())), "garbage") << said;
  }
}

TEST(HttpCall, ReadsNoMoreThanItsLimit) {
  const std::string body(1000, 'x');
  const Peer largest(saying_and_going("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + body));
  EXPECT_EQ(outcome(call(largest.address(), patient())), "200 " + body);
  for (const std::string said :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5f5e100\r\n"}) {
    const Peer peer(saying_and_staying(said));
    EXPECT_EQ(outcome(call(peer.address(), patient())), "too-large") << said;
  }
  for (const std::string begin : {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: ",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const Peer peer([&](int client) {
      say(client, begin);
      const std::string piece =
          begin.find("chunked") != std::string::npos ? "1\r\nx\r\n" : std::string(10'000, 'x');
      for (std::size_t said = 0; said < 100'000'000; said += piece.size())
        if (send(client, piece.data(), piece.size(), MSG_NOSIGNAL) <= 0) return;
      ADD_FAILURE() << "everything was read";
    });
    EXPECT_EQ(outcome(call(peer.address(), patient())), "too-large") << begin;
  }
}

}  // namespace
}  // namespace pawfect::http
