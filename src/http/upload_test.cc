// Bodies of requests over real sockets: limits, 100-continue, what is slow and what breaks off.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "http/test_server.h"

namespace pawfect::http {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kLimit = 100'000;

std::vector<Route> routes() {
  return {{"POST", "/up", count_body, kLimit},
          {"POST", "/unread", saying("not read"), kLimit},
          {"POST", "/none", saying("no body"), 0},
          {"GET", "/", saying("hello"), 0}};
}

std::string head(std::string_view path, std::string_view fields) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\n{}\r\n", path, fields);
}

TEST(Upload, IsReadWholeHoweverItIsFramed) {
  TestServer server(routes());
  TestClient client = server.client();
  const std::string body(kLimit, 'x');
  client.send(head("/up", "Content-Length: 100000\r\n") + body);
  EXPECT_EQ(client.read_answer().body, "100000");
  std::string chunks;
  for (std::size_t i = 0; i < kLimit; i += 5000)
    chunks += "1388\r\n" + body.substr(i, 5000) + "\r\n";
  client.send(head("/up", "Transfer-Encoding: chunked\r\n") + chunks + "0\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "100000");
  client.send(head("/up", ""));
  EXPECT_EQ(client.read_answer().body, "0");
}

TEST(Upload, ComesInPiecesOfAnySize) {
  TestServer server(routes());
  const std::string plain = head("/up", "Content-Length: 20\r\n") + "01234567890123456789";
  const std::string chunked = head("/up", "Transfer-Encoding: chunked\r\n") +
                              "a\r\n0123456789\r\n0a;x=y\r\n0123456789\r\n0\r\nA: b\r\n\r\n";
  for (const std::string& request : {plain, chunked}) {
    TestClient client = server.client();
    for (const std::size_t piece : {1, 2, 3, 7}) {
      for (std::size_t i = 0; i < request.size(); i += piece)
        client.send(std::string_view(request).substr(i, piece));
      EXPECT_EQ(client.read_answer().body, "20") << piece;
    }
  }
}

TEST(Upload, OverTheLimitIsRefusedByItsLengthBeforeItIsSent) {
  TestServer server(routes());
  TestClient client = server.client();
  client.send(head("/up", "Content-Length: 100001\r\n"));
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, testing::HasSubstr("100000 bytes"));
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(Upload, OverTheLimitIsRefusedAlsoToAClientThatSendsFirstAndReadsLater) {
  TestServer server(routes());
  TestClient client = server.client();
  client.send(head("/up", "Content-Length: 900000\r\n"));
  ASSERT_TRUE(client.send(std::string(900'000, 'x'))) << "no reset while it sends";
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST(Upload, OfMoreThanIsReadAfterARefusalIsCutOff) {
  TestServer server(routes());
  TestClient client = server.client();
  client.send(head("/up", "Content-Length: 900000000\r\n"));
  const std::string piece(1 << 20, 'x');
  int sent = 0;
  while (sent < 100 && client.send(piece)) ++sent;
  EXPECT_LT(sent, 100);
}

TEST(Upload, ChunkedOverTheLimitIsRefusedWhenItIsSeen) {
  TestServer server(routes());
  for (const bool is_huge : {true, false}) {
    TestClient client = server.client();
    client.send(head("/up", "Transfer-Encoding: chunked\r\n"));
    if (is_huge) {
      client.send("fffffffffffffff\r\n" + std::string(kLimit + 1, 'x'));
    } else {
      for (int i = 0; i < 101; ++i) client.send("3e8\r\n" + std::string(1000, 'x') + "\r\n");
    }
    const TestAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 413);
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(Upload, WhereNoneIsTakenIsRefused) {
  TestServer server(routes());
  for (const char* fields : {"Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n"}) {
    TestClient client = server.client();
    client.send(head("/none", fields));
    EXPECT_EQ(client.read_answer().status, 413) << fields;
    EXPECT_TRUE(client.is_closed());
  }
  TestClient client = server.client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST(Upload, ThatTheHandlerDoesNotReadClosesTheConnection) {
  TestServer server(routes());
  TestClient client = server.client();
  client.send(head("/unread", "Content-Length: 60\r\n"));
  client.send(get("/"));  // less than the body, and no second request
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "not read");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(Upload, IsAskedForWhenTheClientWaitsAndTheHandlerReads) {
  TestServer server(routes());
  TestClient client = server.client();
  for (const char* fields : {"Content-Length: 5\r\nExpect: 100-continue\r\n",
                             "Content-Length: 5\r\nExpect: 100-Continue\r\n"}) {
    client.send(head("/up", fields));
    EXPECT_EQ(client.read_answer().status, 100);
    client.send("hello");
    EXPECT_EQ(client.read_answer().body, "5");
  }
  client.send(head("/up", "Content-Length: 0\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.read_answer().body, "0") << "nothing is waited for";
}

TEST(Upload, IsNotAskedForWhenItIsRefusedOrNotRead) {
  TestServer server(routes());
  for (const auto& [path, status] : {std::pair("/up", 413), std::pair("/unread", 200),
                                     std::pair("/none", 413), std::pair("/nowhere", 404)}) {
    TestClient client = server.client();
    const int length = status == 413 ? 100'001 : 5;
    client.send(head(path, fmt::format("Content-Length: {}\r\nExpect: 100-continue\r\n", length)));
    const TestAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, status) << path;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(Upload, OfAnOldClientIsNotAskedFor) {
  TestServer server(routes());
  TestClient client = server.client();
  client.send("POST /up HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
  EXPECT_EQ(client.read_answer().body, "5");
}

TEST(Upload, ThatStopsComingIsToldSo) {
  ServerSetup setup;
  setup.limits.body_piece_time = milliseconds(50);
  TestServer server(routes(), setup);
  for (const char* fields : {"Content-Length: 500\r\n", "Transfer-Encoding: chunked\r\n",
                             "Content-Length: 500\r\nExpect: 100-continue\r\n"}) {
    TestClient client = server.client();
    client.send(head("/up", fields));
    client.send("5\r\nhello\r\n");
    TestAnswer answer = client.read_answer();
    if (answer.status == 100) answer = client.read_answer();
    EXPECT_EQ(answer.status, 408) << fields;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(Upload, ThatTricklesIsToldSo) {
  ServerSetup setup;
  setup.limits.body_rate_counts_after = milliseconds(50);
  setup.limits.slowest_body_bytes_per_s = 1'000'000;
  TestServer server(routes(), setup);
  for (const char* fields : {"Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n"}) {
    TestClient client = server.client();
    client.send(head("/up", fields));
    std::jthread trickle([&](const std::stop_token& stop) {
      while (!stop.stop_requested() && client.send("1\r\nx\r\n"))
        std::this_thread::sleep_for(milliseconds(2));
    });
    const TestAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 408) << fields;
    EXPECT_THAT(answer.body, testing::HasSubstr("too slowly"));
  }
}

TEST(Upload, IsNotTooSlowBecauseItsReaderIs) {
  ServerSetup setup;
  setup.limits.body_rate_counts_after = milliseconds(100);
  setup.limits.slowest_body_bytes_per_s = 1'000'000'000;
  const auto slow_reader = [](const Request& request, Body& body) -> asio::awaitable<Response> {
    std::this_thread::sleep_for(milliseconds(300));
    co_return co_await count_body(request, body);
  };
  TestServer server({{"POST", "/up", slow_reader, kLimit}}, setup);
  TestClient client = server.client();
  client.send(head("/up", "Content-Length: 5000\r\n") + std::string(5000, 'x'));
  EXPECT_EQ(client.read_answer().body, "5000");
}

TEST(Upload, ThatBreaksOffLeavesNothingOpen) {
  TestServer server(routes());
  for (const bool is_reset : {true, false}) {
    for (const char* fields : {"Content-Length: 500\r\n", "Transfer-Encoding: chunked\r\n"}) {
      TestClient client = server.client();
      client.send(head("/up", fields) + "5\r\nhel");
      EXPECT_TRUE(eventually([&] { return server->connections() == 1; }));
      if (is_reset) client.reset();
    }
  }
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

}  // namespace
}  // namespace pawfect::http
