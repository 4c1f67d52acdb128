// Clients that are too many, too slow, or do not read: they are told so, and the others are served.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "http/test_server.h"

namespace pawfect::http {
namespace {

using std::chrono::milliseconds;

std::vector<Route> routes() {
  return {{"GET", "/", saying("hello")}, {"POST", "/up", count_body, 1000}};
}

TEST(Limits, AHeadThatComesTooSlowlyIsToldSo) {
  ServerSetup setup;
  setup.limits.head_time = milliseconds(50);
  TestServer server(routes(), setup);
  TestClient client = server.client();
  client.send("GET / HTT");
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(Limits, AHeadIsNotGivenMoreTimeByTrickling) {
  ServerSetup setup;
  setup.limits.head_time = milliseconds(60);
  TestServer server(routes(), setup);
  for (const bool is_second : {false, true}) {
    TestClient client = server.client();
    if (is_second) {
      client.send(get("/"));
      EXPECT_EQ(client.read_answer().status, 200);
    }
    client.send("GET / HTTP/1.1\r\n");
    std::jthread trickle([&](const std::stop_token& stop) {
      while (!stop.stop_requested() && client.send("X: y\r\n"))
        std::this_thread::sleep_for(milliseconds(5));
    });
    EXPECT_EQ(client.read_answer().status, 408);
  }
}

TEST(Limits, AClientThatSaysNothingIsClosedWithoutAWord) {
  ServerSetup setup;
  setup.limits.head_time = milliseconds(30);
  setup.limits.idle_time = milliseconds(30);
  TestServer server(routes(), setup);
  TestClient silent = server.client();
  EXPECT_TRUE(silent.is_closed());
  TestClient idle = server.client();
  idle.send(get("/"));
  EXPECT_EQ(idle.read_answer().body, "hello");
  EXPECT_TRUE(idle.is_closed());
}

TEST(Limits, AClientThatDoesNotReadItsAnswerIsCutOff) {
  ServerSetup setup;
  setup.limits.send_piece_time = milliseconds(50);
  TestServer server({{"GET", "/", saying(std::string(30'000'000, 'x'))}}, setup);
  TestClient client;
  client.set_receive_buffer(4096);
  client.connect(server->address());
  client.send(get("/"));
  EXPECT_TRUE(client.read_until("xxx"));
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  EXPECT_FALSE(client.read_answer().is_whole);
}

TEST(Limits, ManySlowClientsDoNotKeepOthersFromTheirAnswers) {
  ServerSetup setup;
  setup.limits.head_time = std::chrono::minutes(5);
  TestServer server(routes(), setup);
  std::vector<TestClient> slow;
  for (int i = 0; i < 300; ++i) {
    slow.push_back(server.client());
    slow.back().send(i % 2 == 0 ? "GET / HTTP/1.1\r\nX"
                                : "POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n");
  }
  EXPECT_TRUE(eventually([&] { return server->connections() == 300; }));
  TestClient client = server.client();
  for (int i = 0; i < 300; ++i) {
    slow[std::size_t(i)].send("y");
    client.send(get("/"));
    EXPECT_EQ(client.read_answer().body, "hello");
  }
  EXPECT_EQ(server->connections(), 301);
  slow.clear();
  EXPECT_TRUE(eventually([&] { return server->connections() == 1; }));
}

TEST(Limits, AConnectionTooManyIsToldSo) {
  for (const bool is_per_peer : {false, true}) {
    ServerSetup setup;
    (is_per_peer ? setup.limits.most_connections_per_peer : setup.limits.most_connections) = 3;
    TestServer server(routes(), setup);
    std::vector<TestClient> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(server.client());
      clients.back().send(get("/"));
      EXPECT_EQ(clients.back().read_answer().status, 200);
    }
    TestClient fourth = server.client();
    fourth.send(get("/"));
    const TestAnswer answer = fourth.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("retry-after"), "5");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(fourth.is_closed());
    EXPECT_EQ(server->connections(), 3);
    clients.pop_back();
    EXPECT_TRUE(eventually([&] { return server->connections() == 2; }));
    TestClient fifth = server.client();
    fifth.send(get("/"));
    EXPECT_EQ(fifth.read_answer().status, 200);
  }
}

TEST(Limits, AFloodOfConnectionsLeavesNothingBehind) {
  ServerSetup setup;
  setup.limits.most_connections = 2;
  TestServer server(routes(), setup);
  {
    std::vector<TestClient> flood;
    for (int i = 0; i < 200; ++i) flood.push_back(server.client());
    EXPECT_TRUE(eventually([&] { return server->connections() == 2; }));
  }
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  EXPECT_TRUE(eventually([&] {
    TestClient client = server.client();
    client.send(get("/"));
    return client.read_answer().status == 200;
  }));
}

// No descriptor is left in this process while the client waits to be accepted.
TEST(Limits, WithoutDescriptorsClientsWaitAndAreServedLater) {
  TestServer server(routes());
  TestClient warm = server.client();
  warm.send(get("/"));
  EXPECT_EQ(warm.read_answer().body, "hello");
  TestClient waiting;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = dup(waiting.descriptor());
  close(lowest_free);
  const rlimit none{rlim_t(lowest_free), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_TRUE(waiting.connect(server->address()));
  EXPECT_TRUE(waiting.send(get("/")));
  for (int i = 0; i < 50; ++i) {
    warm.send(get("/"));
    EXPECT_EQ(warm.read_answer().body, "hello");
  }
  EXPECT_EQ(server->connections(), 1);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(waiting.read_answer().body, "hello");
}

}  // namespace
}  // namespace pawfect::http
