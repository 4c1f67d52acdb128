// A labeler that behaves in every way that it should not: the caller returns at once, counts what
// happened, and goes on.
#include "labeler/http_label_caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <mutex>
#include <vector>

#include "http/server.h"
#include "labeler/test_labeling.h"

namespace pawfect {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using fakes::eventually;
using fakes::Labeling;
using fakes::session_id;
using testing::HasSubstr;

// Listens, and does with each connection what its script says, each on a thread of its own.
class Peer {
 public:
  using Script = std::function<void(tcp::socket&)>;

  explicit Peer(Script script) : script_(std::move(script)) {
    accepting_ = std::jthread([this] {
      while (true) {
        boost::system::error_code error;
        tcp::socket socket(io_);
        acceptor_.accept(socket, error);
        if (error || is_over_) return;
        ++connections;
        connections_.emplace_back([this, one = std::move(socket)]() mutable { script_(one); });
      }
    });
  }
  ~Peer() {
    is_over_ = true;
    boost::system::error_code ignored;
    tcp::socket wake(io_);
    wake.connect(acceptor_.local_endpoint(), ignored);
    accepting_.join();
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

  std::atomic<int> connections = 0;

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
  Script script_;
  std::atomic<bool> is_over_ = false;
  std::vector<std::jthread> connections_;
  std::jthread accepting_;
};

// The request, whose body ends with a brace.
std::string read_request(tcp::socket& socket) {
  std::string text;
  boost::system::error_code ignored;
  asio::read_until(socket, asio::dynamic_buffer(text, 10'000), "}", ignored);
  return text;
}

void send(tcp::socket& socket, std::string_view text) {
  boost::system::error_code ignored;
  asio::write(socket, asio::buffer(text.data(), text.size()), ignored);
}

void hang(tcp::socket& socket) {
  char byte = 0;
  boost::system::error_code error;
  while (!error) socket.read_some(asio::buffer(&byte, 1), error);
}

std::string answer(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

constexpr Milliseconds kLong{60'000};  // nothing of the test should take so long
constexpr Milliseconds kShort{200};    // for what never ends

struct HttpLabelCallerTest : testing::Test {
  Labeling world;

  // What a call to such a peer is counted as.
  void expect(const std::string& outcome, Milliseconds time, Peer::Script script) {
    const double before = world.calls(outcome);
    Peer peer(std::move(script));
    auto caller = HttpLabelCaller::make(peer.url(), time, world.context).value();
    caller->ask(session_id('1'), "sessions/1/photo");
    EXPECT_TRUE(eventually([&] { return world.calls(outcome) == before + 1; }))
        << outcome << "\n"
        << world.metrics.text();
    caller.reset();
  }
  void expect_answer(const std::string& outcome, std::string text) {
    expect(outcome, kLong, [text = std::move(text)](tcp::socket& socket) {
      read_request(socket);
      send(socket, text);
      hang(socket);
    });
  }
};

TEST_F(HttpLabelCallerTest, SendsTheSessionAndItsPhoto) {
  std::mutex mutex;
  std::string request;
  Peer peer([&](tcp::socket& socket) {
    std::string text = read_request(socket);
    send(socket, answer("202 Accepted", R"({"accepted":true})"));
    const std::lock_guard lock(mutex);
    request = std::move(text);
  });
  auto caller = HttpLabelCaller::make(peer.url(), kLong, world.context).value();
  caller->ask(session_id('1'), "sessions/1/photo");
  ASSERT_TRUE(eventually([&] { return world.calls("accepted") == 1; }));
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return !request.empty();
  }));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(request, testing::StartsWith("POST /v1/labels HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(request, HasSubstr(R"({"sessionId":")" + std::string(32, '1') +
                                 R"(","image":"sessions/1/photo"})"));
}

TEST_F(HttpLabelCallerTest, CountsAnswersThatAreNone) {
  expect_answer("status", answer("503 Service Unavailable", "{}"));
  expect_answer("status", answer("500 Internal Server Error", R"({"accepted":true})"));
  expect_answer("status", answer("302 Found", R"({"accepted":true})"));
  expect_answer("garbage", answer("200 OK", "<html>"));
  expect_answer("garbage", answer("202 Accepted", ""));
  expect_answer("garbage", answer("202 Accepted", R"({"accepted":"yes"})"));
  expect_answer("garbage", answer("202 Accepted", R"({"accepted":false})"));
  expect_answer("garbage", answer("202 Accepted", R"([true])"));
  expect_answer("garbage", "\x16\x03\x01 this is no HTTP\r\n\r\n");
  expect_answer("garbage", "HTTP/1.1 202 Accepted\r\nA: " + std::string(100'000, 'a'));
}

TEST_F(HttpLabelCallerTest, ReadsNoAnswerOfAnySize) {
  expect_answer("garbage", "HTTP/1.1 202 Accepted\r\nContent-Length: 104857600\r\n\r\n");
  std::atomic<std::uint64_t> sent = 0;
  expect("garbage", kLong, [&](tcp::socket& socket) {
    read_request(socket);
    send(socket, "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    boost::system::error_code error;
    while (!error && sent < (100u << 20)) sent += asio::write(socket, asio::buffer(chunk), error);
  });
  // What the kernel holds back is all that it takes.
  EXPECT_LT(sent, 50u << 20);
}

TEST_F(HttpLabelCallerTest, GivesUpWhatNeverEnds) {
  expect("timeout", kShort, hang);
  expect("timeout", kShort, [](tcp::socket& socket) {
    read_request(socket);
    send(socket, "HTTP/1.1 202 Acc");
    hang(socket);
  });
  expect("timeout", kShort, [](tcp::socket& socket) {
    read_request(socket);
    send(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 17\r\n\r\n{\"acc");
    hang(socket);
  });
  // A byte now and then does not prolong it.
  expect("timeout", kShort, [](tcp::socket& socket) {
    read_request(socket);
    boost::system::error_code error;
    while (!error) {
      asio::write(socket, asio::buffer("H", 1), error);
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  });
}

TEST_F(HttpLabelCallerTest, CountsConnectionsThatBreak) {
  expect("refused", kLong, [](tcp::socket&) {});
  expect("refused", kLong, [](tcp::socket& socket) {
    read_request(socket);
    socket.set_option(asio::socket_base::linger(true, 0));  // a reset
  });
  expect("refused", kLong, [](tcp::socket& socket) {
    read_request(socket);
    send(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 17\r\n\r\n{\"acc");
  });
}

TEST_F(HttpLabelCallerTest, CountsALabelerThatIsAway) {
  std::string url;
  {
    const Peer gone([](tcp::socket&) {});
    url = gone.url();
  }
  for (const std::string& away : {url, std::string("http://no-such-host.invalid:80")}) {
    const double before = world.calls("refused");
    auto caller = HttpLabelCaller::make(away, kLong, world.context).value();
    caller->ask(session_id('1'), "sessions/1/photo");
    EXPECT_TRUE(eventually([&] { return world.calls("refused") == before + 1; })) << away;
  }
}

TEST_F(HttpLabelCallerTest, DropsWhatIsTooMuchAndGoesOnAfterwards) {
  std::atomic<bool> is_shut = true;
  Peer peer([&](tcp::socket& socket) {
    read_request(socket);
    while (is_shut) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    send(socket, answer("202 Accepted", R"({"accepted":true})"));
  });
  auto caller = HttpLabelCaller::make(peer.url(), kLong, world.context).value();
  for (int i = 0; i < HttpLabelCaller::kMostCalls + 10; ++i)
    caller->ask(session_id('1'), "sessions/1/photo");
  EXPECT_EQ(world.calls("dropped"), 10);
  is_shut = false;
  EXPECT_TRUE(eventually([&] { return world.calls("accepted") == HttpLabelCaller::kMostCalls; }));
  // The last one may not be counted down yet.
  EXPECT_TRUE(eventually([&] {
    caller->ask(session_id('1'), "sessions/1/photo");
    return world.calls("accepted") > HttpLabelCaller::kMostCalls;
  }));
}

TEST_F(HttpLabelCallerTest, GivesUpEverythingAtItsEnd) {
  Peer peer(hang);
  auto caller = HttpLabelCaller::make(peer.url(), kLong, world.context).value();
  for (int i = 0; i < 5; ++i) caller->ask(session_id('1'), "sessions/1/photo");
  ASSERT_TRUE(eventually([&] { return peer.connections == 5; }));
  caller.reset();
  EXPECT_EQ(world.calls("timeout"), 0);
}

TEST_F(HttpLabelCallerTest, ReachesTheLabelersOwnRoute) {
  LabelService service(world.labeler, world.stores, world.limits, world.context);
  http::ServerSetup setup;
  setup.port = 0;
  std::vector<http::Route> routes;
  routes.push_back(label_route(&service));
  auto server = http::Server::open(std::move(setup), std::move(routes)).value();
  std::jthread serving([&] { server->run(); });

  auto caller = HttpLabelCaller::make("http://" + server->address(), kLong, world.context).value();
  const SessionRecord session = world.add_session('1');
  caller->ask(session.id, session.photo);
  EXPECT_TRUE(eventually([&] { return world.session('1').labels.has_value(); }));
  EXPECT_TRUE(eventually([&] { return world.calls("accepted") == 1; }));
  server->stop(Milliseconds(1'000));
}

TEST_F(HttpLabelCallerTest, RefusesAnAddressThatIsNone) {
  for (const char* url : {"", "labeler:80", "https://a:80", "http://", "http://a", "http://a:x"})
    EXPECT_FALSE(HttpLabelCaller::make(url, kLong, world.context)) << url;
  for (const char* url : {"http://a:80", "http://[::1]:80"})
    EXPECT_TRUE(HttpLabelCaller::make(url, kLong, world.context)) << url;
}

}  // namespace
}  // namespace pawfect
