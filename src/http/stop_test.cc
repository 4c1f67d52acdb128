#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "http/event_stream.h"
#include "http/test_server.h"
#include "http/workers.h"

namespace pawfect::http {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kLongGrace{5};

asio::awaitable<void> pause(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<Response> never(const Request&, Body&) {
  co_await pause(std::chrono::hours(1));
  co_return Response{};
}

asio::awaitable<Response> stream(const Request&, Body&) {
  const auto next = []() -> asio::awaitable<std::optional<std::string>> {
    co_await pause(milliseconds(5));
    co_return event_comment("hello");
  };
  EventStream events{next};
  Response response;
  response.body = std::move(events);
  co_return response;
}

std::vector<Route> routes() {
  return {{"GET", "/", saying("hello")},
          {"GET", "/never", never},
          {"GET", "/stream", stream},
          {"POST", "/up", count_body, 1000}};
}

TEST(Stop, OfAServerThatNobodyTalksToIsImmediate) {
  TestServer server(routes());
  server.stop(kLongGrace);
  server.join();
}

TEST(Stop, BeforeTheServerRunsEndsItsRun) {
  ServerSetup setup;
  setup.port = 0;
  auto server = Server::open(setup, routes());
  ASSERT_TRUE(server);
  (*server)->stop(kLongGrace);
  (*server)->run();
}

TEST(Stop, OfAServerThatNeverRanNeedsNothing) {
  ServerSetup setup;
  setup.port = 0;
  EXPECT_TRUE(Server::open(setup, routes()));
}

TEST(Stop, ClosesIdleConnectionsAndTakesNoNewOnes) {
  TestServer server(routes());
  TestClient used = server.client(), unused = server.client();
  used.send(get("/"));
  EXPECT_EQ(used.read_answer().body, "hello");
  EXPECT_TRUE(eventually([&] { return server->connections() == 2; }));
  server.stop(kLongGrace);
  EXPECT_TRUE(used.is_closed());
  EXPECT_TRUE(unused.is_closed());
  server.join();
  TestClient late;
  EXPECT_FALSE(late.connect(server->address()));
  EXPECT_EQ(server->connections(), 0);
}

TEST(Stop, EndsEventStreamsWithALastEvent) {
  TestServer server(routes());
  TestClient client = server.client();
  client.send(get("/stream"));
  EXPECT_TRUE(client.read_until("hello"));
  server.stop(kLongGrace);
  EXPECT_TRUE(client.read_until("event: bye\ndata: {}\n\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(client.is_closed());
  server.join();
}

TEST(Stop, LetsAnUploadThatHasBegunComeToItsEnd) {
  TestServer server(routes());
  TestClient client = server.client(), idle = server.client();
  client.send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("abc");
  EXPECT_TRUE(eventually([&] { return server->connections() == 2; }));
  server.stop(kLongGrace);
  EXPECT_TRUE(idle.is_closed());
  client.send("def");
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "6");
  EXPECT_EQ(answer.header("connection"), "close");
  server.join();
}

TEST(Stop, CutsOffWhatIsStillOpenAfterItsGrace) {
  TestServer server(routes());
  TestClient upload = server.client(), stream_client = server.client(), waiting = server.client(),
             half_a_head = server.client(), idle = server.client();
  upload.send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(upload.read_answer().status, 100);
  stream_client.send(get("/stream"));
  EXPECT_TRUE(stream_client.read_until("hello"));
  waiting.send(get("/never"));
  half_a_head.send("GET / HTT");
  EXPECT_TRUE(eventually([&] { return server->connections() == 5; }));
  server.stop(milliseconds(30));
  EXPECT_TRUE(stream_client.read_until("event: bye"));
  server.join();
  EXPECT_TRUE(upload.is_closed());
  EXPECT_TRUE(half_a_head.is_closed());
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(waiting.is_closed());
}

TEST(Stop, ComesTwiceAndFromSeveralThreads) {
  TestServer server(routes());
  TestClient client = server.client();
  client.send(get("/stream"));
  EXPECT_TRUE(client.read_until("hello"));
  std::thread other([&] { server.stop(kLongGrace); });
  server.stop(kLongGrace);
  other.join();
  EXPECT_TRUE(client.read_until("event: bye"));
  server.join();
}

TEST(Stop, DoesNotWaitForWhatOthersHaveOnTheContext) {
  TestServer server(routes());
  asio::co_spawn(server->context(), pause(std::chrono::hours(1)), asio::detached);
  server.stop(kLongGrace);
  server.join();
}

TEST(Stop, UnderLoadAnswersEachRequestWholeOrNotAtAll) {
  TestServer server(routes());
  std::atomic<int> answered = 0, torn = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      TestClient client = server.client();
      while (client.send(get("/"))) {
        const TestAnswer answer = client.read_answer();
        if (answer.status == 0) return;
        if (answer.body != "hello") ++torn;
        ++answered;
        if (answer.header("connection") == "close") return;
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return answered > 100; }));
  server.stop(kLongGrace);
  server.join();
  clients.clear();
  EXPECT_EQ(torn, 0);
}

TEST(Workers, BringBackWhatWasReturnedOrThrown) {
  Workers workers(2);
  const auto work = [&workers](const Request& request, Body&) -> asio::awaitable<Response> {
    const std::thread::id here = std::this_thread::get_id();
    int done = 0;
    co_await workers.run([&done] { ++done; });
    const auto kept = co_await workers.run([] { return std::make_unique<int>(7); });
    const bool is_elsewhere =
        co_await workers.run([here] { return std::this_thread::get_id() != here; });
    if (request.path == "/throws")
      co_await workers.run([]() -> int { throw std::runtime_error("in a thread"); });
    const bool is_back = std::this_thread::get_id() == here;
    co_return Response{is_elsewhere && is_back && done == 1 && *kept == 7 ? 200 : 500};
  };
  TestServer server({{"GET", "/{x}", work}});
  TestClient client = server.client();
  client.send(get("/returns") + get("/throws"));
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_answer().status, 500);
  EXPECT_THAT(server.failures(), testing::ElementsAre("in a thread"));
}

TEST(Workers, ThatAreBusyWhenTheServerEndsAreJoinedFirst) {
  ServerSetup setup;
  setup.port = 0;
  auto workers = std::make_unique<Workers>(1);
  std::atomic<bool> is_begun = false, may_end = false;
  const auto work = [&](const Request&, Body&) -> asio::awaitable<Response> {
    co_await workers->run([&] {
      is_begun = true;
      while (!may_end) std::this_thread::sleep_for(milliseconds(1));
    });
    co_return Response{};
  };
  {
    TestServer server({{"GET", "/", work}}, setup);
    TestClient client = server.client();
    client.send(get("/"));
    EXPECT_TRUE(eventually([&] { return is_begun.load(); }));
    server.stop(milliseconds(0));
    server.join();
    may_end = true;
    workers.reset();
  }
}

}  // namespace
}  // namespace pawfect::http
