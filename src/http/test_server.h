// TestServer: a server on a free port in a thread of its own, for tests; stopped and joined by its
// destructor. The routes are the test's.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/server.h"
#include "http/test_client.h"

namespace pawfect::http {

// Waits until it holds; for what happens in another thread, soon.
inline bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return holds();
}

class TestServer {
 public:
  explicit TestServer(std::vector<Route> routes, ServerSetup setup = {}) {
    setup.port = 0;
    if (!setup.failed) {
      setup.failed = [this](std::string_view what) {
        const std::lock_guard lock(failures_mutex_);
        failures_.emplace_back(what);
      };
    }
    auto opened = Server::open(std::move(setup), std::move(routes));
    EXPECT_TRUE(opened) << opened.error().message;
    server_ = std::move(*opened);
    thread_ = std::thread([this] { server_->run(); });
  }
  ~TestServer() {
    stop(std::chrono::milliseconds(0));
    join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  Server& operator*() { return *server_; }
  Server* operator->() { return server_.get(); }
  TestClient client() const { return TestClient(server_->address()); }
  void stop(std::chrono::milliseconds grace) { server_->stop(grace); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  std::vector<std::string> failures() {
    const std::lock_guard lock(failures_mutex_);
    return failures_;
  }

 private:
  std::mutex failures_mutex_;
  std::vector<std::string> failures_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

// Handlers of tests.

inline Handler saying(std::string text) {
  return [text = std::move(text)](const Request&, Body&) -> asio::awaitable<Response> {
    co_return Response{200, {}, text};
  };
}

// Reads the whole body and says how long it was, or what was wrong with it.
inline asio::awaitable<Response> count_body(const Request&, Body& body) {
  std::vector<std::byte> room(1000);
  std::size_t total = 0;
  while (true) {
    const auto count = co_await body.read(room);
    if (!count) co_return problem_response(count.error());
    if (*count == 0) break;
    total += *count;
  }
  co_return Response{200, {}, std::to_string(total)};
}

// "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
inline std::string get(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", target);
}

}  // namespace pawfect::http
