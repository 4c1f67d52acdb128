#include "http/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <thread>

#include "http/test_server.h"
#include "http/workers.h"

namespace pawfect::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(EventText, HasAnIdANameAndData) {
  EXPECT_EQ(event_text("7", "progress", "{}"), "id: 7\nevent: progress\ndata: {}\n\n");
  EXPECT_EQ(event_text("7", "x", ""), "id: 7\nevent: x\ndata: \n\n");
  EXPECT_EQ(event_text("7", "x", "a\nb\n"), "id: 7\nevent: x\ndata: a\ndata: b\ndata: \n\n");
}

TEST(EventText, LetsNothingBeginALineOfItsOwn) {
  EXPECT_EQ(event_text("7\nevent: evil", "x\r\ndata: y", "a\rdata: b\r\nid: 9"),
            "id: 7event: evil\nevent: xdata: y\ndata: adata: b\ndata: id: 9\n\n");
  EXPECT_EQ(event_comment("a\n\nevent: evil"), ": aevent: evil\n\n");
}

asio::awaitable<void> pause(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

using Next = std::function<asio::awaitable<std::optional<std::string>>()>;

// Each request gets a stream of its own, made by `make`.
Handler streaming(std::function<Next()> make) {
  return [make = std::move(make)](const Request&, Body&) -> asio::awaitable<Response> {
    Response response{200, {{"Content-Type", "text/event-stream"}}, EventStream{make()}};
    co_return response;
  };
}

// So many events, then the end.
Handler counting(int events) {
  return streaming([events] {
    return [events, n = 0]() mutable -> asio::awaitable<std::optional<std::string>> {
      co_await pause(milliseconds(1));
      if (n == events) co_return std::nullopt;
      co_return event_text(std::to_string(n++), "count", "{}");
    };
  });
}

// One event, then silence.
Handler silent() {
  return streaming([] {
    return [n = 0]() mutable -> asio::awaitable<std::optional<std::string>> {
      if (n++ > 0) co_await pause(std::chrono::hours(1));
      co_return event_comment("hello");
    };
  });
}

TEST(EventStream, SendsEachPieceAtOnceAndEnds) {
  TestServer server({{"GET", "/", counting(20)}});
  TestClient client = server.client();
  client.send(get("/"));
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/event-stream");
  EXPECT_TRUE(answer.is_whole);
  EXPECT_THAT(answer.body, HasSubstr("id: 0\nevent: count\n"));
  EXPECT_THAT(answer.body, HasSubstr("id: 19\nevent: count\n"));
  EXPECT_TRUE(client.is_closed());
  EXPECT_TRUE(eventually([&] { return server->event_streams() == 0; }));
}

TEST(EventStream, GoesToOldClientsUntilTheEndOfTheConnection) {
  TestServer server({{"GET", "/", counting(3)}});
  TestClient client = server.client();
  client.send("GET / HTTP/1.0\r\n\r\n");
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.header("transfer-encoding"), "");
  EXPECT_THAT(answer.body, HasSubstr("id: 2\nevent: count\ndata: {}\n\n"));
}

TEST(EventStream, IsNotSentToHead) {
  TestServer server({{"GET", "/", silent()}});
  TestClient client = server.client();
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read_answer(false).header("content-type"), "text/event-stream");
  EXPECT_TRUE(client.is_closed());
}

TEST(EventStream, EndsAtOnceWhenTheClientGoes) {
  TestServer server({{"GET", "/", silent()}});
  for (const bool is_reset : {true, false}) {
    {
      TestClient client = server.client();
      client.send(get("/"));
      EXPECT_TRUE(client.read_until(": hello\n\n"));
      EXPECT_EQ(server->event_streams(), 1);
      if (is_reset) client.reset();
    }
    EXPECT_TRUE(eventually([&] { return server->event_streams() == 0; }));
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  }
}

TEST(EventStream, GoesOnWhenTheClientSaysSomething) {
  TestServer server({{"GET", "/", counting(50)}});
  TestClient client = server.client();
  client.send(get("/") + get("/other"));
  const TestAnswer answer = client.read_answer();
  EXPECT_TRUE(answer.is_whole);
  EXPECT_THAT(answer.body, HasSubstr("id: 49\n"));
  EXPECT_TRUE(client.is_closed()) << "no answer follows a stream";
}

TEST(EventStream, IsRefusedWhenThereAreTooMany) {
  ServerSetup setup;
  setup.limits.most_event_streams = 2;
  TestServer server({{"GET", "/", silent()}, {"GET", "/plain", saying("hello")}}, setup);
  TestClient first = server.client();
  first.send(get("/"));
  EXPECT_TRUE(first.read_until(": hello\n\n"));
  {
    TestClient second = server.client();
    second.send(get("/"));
    EXPECT_TRUE(second.read_until(": hello\n\n"));
    TestClient third = server.client();
    third.send(get("/") + get("/plain"));
    const TestAnswer answer = third.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("retry-after"), "5");
    EXPECT_EQ(third.read_answer().body, "hello") << "the connection stays";
  }
  EXPECT_TRUE(eventually([&] { return server->event_streams() == 1; }));
  TestClient fourth = server.client();
  fourth.send(get("/"));
  EXPECT_TRUE(fourth.read_until(": hello\n\n"));
}

TEST(EventStream, ThatThrowsIsCutOffAndToldOf) {
  const auto throwing = streaming([] {
    return []() -> asio::awaitable<std::optional<std::string>> {
      throw std::runtime_error("no more events");
      co_return std::nullopt;
    };
  });
  TestServer server({{"GET", "/", throwing}});
  TestClient client = server.client();
  client.send(get("/"));
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.is_whole);
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  EXPECT_EQ(server->event_streams(), 0);
  EXPECT_THAT(server.failures(), testing::ElementsAre("no more events"));
}

TEST(EventStream, ToAClientThatDoesNotReadEndsWhenItsTimeIsOver) {
  const auto flood = streaming([] {
    return []() -> asio::awaitable<std::optional<std::string>> {
      co_return event_comment(std::string(100'000, 'x'));
    };
  });
  ServerSetup setup;
  setup.limits.send_piece_time = milliseconds(50);
  TestServer server({{"GET", "/", flood}}, setup);
  TestClient client;
  client.set_receive_buffer(4096);
  client.connect(server->address());
  client.send(get("/"));
  EXPECT_TRUE(client.read_until("xxx"));
  EXPECT_TRUE(eventually([&] { return server->event_streams() == 0; }));
}

// The client goes again and again while a thread is at work for its stream.
TEST(EventStream, MayWaitForAThreadWhenTheClientGoes) {
  Workers workers(2);
  const auto working = streaming([&workers] {
    return [&workers]() -> asio::awaitable<std::optional<std::string>> {
      co_return co_await workers.run([] {
        std::this_thread::sleep_for(milliseconds(1));
        return event_comment("worked");
      });
    };
  });
  TestServer server({{"GET", "/", working}});
  for (int i = 0; i < 50; ++i) {
    TestClient client = server.client();
    client.send(get("/"));
    EXPECT_TRUE(client.read_until("worked"));
  }
  EXPECT_TRUE(eventually([&] { return server->event_streams() == 0; }));
  EXPECT_TRUE(server.failures().empty());
}

}  // namespace
}  // namespace pawfect::http
