// Three NATS servers that keep three copies, of which one is killed while much is written.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "jobs/test_jobs.h"
#include "store/test_nats_client.h"
#include "store/test_nats_server.h"

namespace pawfect {
namespace {

using fakes::TestNatsClient;
using fakes::TestNatsServer;

constexpr Milliseconds kPause{50};  // between tries
constexpr Milliseconds kPace{5};    // between writes

class NatsCluster : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = TestNatsServer::missing(); !why.empty()) GTEST_SKIP() << why;
    std::array<int, 3> ports{};
    for (int& port : ports) port = fakes::free_port();
    for (std::size_t i = 0; i < ports.size(); ++i) {
      std::string routes;
      for (const int port : ports) routes += fmt::format("nats://127.0.0.1:{}, ", port);
      servers[i] = std::make_unique<TestNatsServer>(
          fmt::format("node-{}", i),
          fmt::format("cluster {{ name: pets, listen: 127.0.0.1:{}, routes: [{}] }}\n", ports[i],
                      routes));
    }
  }

  static bool comes_true(const std::function<bool()>& what) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!what()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(kPause);
    }
    return true;
  }

  TestNatsClient client() {
    NatsSetup setup;
    for (const auto& server : servers) setup.urls += server->url() + ",";
    setup.replicas = 3;
    setup.wait = Milliseconds(2'000);
    Result<TestNatsClient> client = fail(ErrorCode::kUnavailable, "not tried");
    // The three have to find each other first.
    EXPECT_TRUE(comes_true([&] { return (client = TestNatsClient::open(setup)).has_value(); }))
        << client.error().message;
    return std::move(client).value();
  }

  std::array<std::unique_ptr<TestNatsServer>, 3> servers;
};

// Puts messages, and creates documents and changes them, until it is stopped; what was not
// confirmed is tried again. What is counted was confirmed.
class Writer {
 public:
  explicit Writer(TestNatsClient& client) : client_(client) {
    threads_[0] = std::jthread([this](const std::stop_token& stop) { put(stop); });
    threads_[1] = std::jthread([this](const std::stop_token& stop) { write(stop); });
  }
  int messages() const { return messages_; }
  int documents() const { return documents_; }
  void stop() {
    for (std::jthread& thread : threads_) thread.request_stop();
    for (std::jthread& thread : threads_) thread.join();
  }

  static JobMessage message_of(int number) {
    JobMessage message = fakes::job_message();
    message.job = JobId::from(fmt::format("{:032x}", number)).value();
    return message;
  }

 private:
  void put(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int number = messages_;
      if (client_.queue->put(message_of(number), Milliseconds(0), std::to_string(number)))
        ++messages_;
      std::this_thread::sleep_for(kPace);
    }
  }
  void write(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (is_written(std::to_string(documents_))) ++documents_;
      std::this_thread::sleep_for(kPace);
    }
  }
  // Where it is not known whether a write took place, reading tells.
  bool is_written(const std::string& key) {
    SessionStore& sessions = *client_.sessions;
    if (!sessions.create(Kind::kJob, key, "one")) return false;
    const auto there = sessions.read(Kind::kJob, key);
    if (!there || !*there) return false;
    if ((*there)->text == "two") return true;
    const auto changed = sessions.replace(Kind::kJob, key, "two", (*there)->revision);
    return changed && *changed;
  }

  TestNatsClient& client_;
  std::atomic<int> messages_ = 0, documents_ = 0;
  std::array<std::jthread, 2> threads_;
};

TEST_F(NatsCluster, LosesNothingConfirmedWhenNodesAreKilledAndComeBack) {
  TestNatsClient writes = client(), reads = client();
  auto feed = reads.sessions->follow(Kind::kJob).value();
  std::mutex mutex;  // guards the next
  std::map<std::string, std::string> heard;
  std::jthread follows([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto changes = feed->next(kPause);
      if (!changes) std::this_thread::sleep_for(kPause);
      const std::lock_guard lock(mutex);
      if (changes)
        for (const Document& document : *changes) heard[document.key] = document.text;
    }
  });

  Writer writer(writes);
  const auto more_is_confirmed = [&] {
    const int messages = writer.messages() + 50, documents = writer.documents() + 25;
    return comes_true(
        [&] { return writer.messages() >= messages && writer.documents() >= documents; });
  };
  ASSERT_TRUE(more_is_confirmed());
  const unsigned first = std::random_device{}() % 3;
  SCOPED_TRACE(fmt::format("node {} was killed first", first));
  servers[first]->kill();
  EXPECT_TRUE(more_is_confirmed()) << "with two nodes";
  servers[first]->start();
  EXPECT_TRUE(more_is_confirmed()) << "with three nodes again";
  // Now nothing is confirmed without the one that returned.
  servers[(first + 1) % 3]->kill();
  EXPECT_TRUE(more_is_confirmed()) << "with the node that returned";
  writer.stop();

  std::set<std::string> jobs;
  EXPECT_TRUE(comes_true([&] {
    while (true) {
      const auto delivery = reads.queue->take(Milliseconds(200));
      if (!delivery || !*delivery) return jobs.size() >= std::size_t(writer.messages());
      jobs.insert((*delivery)->message.job.text());
      static_cast<void>(reads.queue->acknowledge(**delivery));  // else it comes again
    }
  }));
  for (int i = 0; i < writer.messages(); ++i)
    EXPECT_TRUE(jobs.contains(Writer::message_of(i).job.text())) << i;
  for (int i = 0; i < writer.documents(); ++i) {
    const auto document = reads.sessions->read(Kind::kJob, std::to_string(i));
    ASSERT_TRUE(document) << document.error().message;
    ASSERT_TRUE(*document) << i;
    EXPECT_EQ((*document)->text, "two") << i;
  }
  EXPECT_TRUE(comes_true([&] {
    const std::lock_guard lock(mutex);
    for (int i = 0; i < writer.documents(); ++i)
      if (heard[std::to_string(i)] != "two") return false;
    return true;
  }));
}

}  // namespace
}  // namespace pawfect
