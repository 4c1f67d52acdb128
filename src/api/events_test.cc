#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "api/test_api.h"

namespace pawfect {
namespace {

using fakes::TestApi;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Event {
  std::string id, name, data;
};

// One stream, read event by event.
class Listener {
 public:
  Listener(TestApi& api, const std::string& job, const std::string& last_seen = "",
           const std::string& version = "1.1")
      : socket_(api.server->address()) {
    std::string request = "GET /v1/jobs/" + job + "/events HTTP/" + version + "\r\nHost: a\r\n";
    if (!last_seen.empty()) request += "Last-Event-ID: " + last_seen + "\r\n";
    socket_.send(request + "\r\n");
    head = fakes::parse_head(socket_.read_until("\r\n\r\n"));
    is_chunked_ = head.header("transfer-encoding") == "chunked";
  }

  // Empty names: the stream ended.
  Event next() {
    while (true) {
      const std::string text = piece();
      if (text.empty()) return {};
      if (text.starts_with(":")) continue;
      Event event;
      for (const auto& [field, to] :
           {std::pair{"id: ", &event.id}, {"event: ", &event.name}, {"data: ", &event.data}}) {
        const std::size_t at = text.find(field);
        if (at == std::string::npos) continue;
        const std::size_t begin = at + std::string(field).size();
        *to = text.substr(begin, text.find('\n', begin) - begin);
      }
      return event;
    }
  }

  fakes::Answer head;

 private:
  std::string piece() {
    if (!is_chunked_) return socket_.read_until("\n\n");
    const std::string size = socket_.read_until("\r\n");
    if (size.empty() || size == "0\r\n") return "";
    const std::string text = socket_.read_until("\n\n");
    socket_.read_until("\r\n");
    return text;
  }

  fakes::Socket socket_;
  bool is_chunked_ = false;
};

TEST(EventsOfAJob, BeginWithHowThingsStandAndEndWithTheJob) {
  TestApi api;
  const std::string job = api.new_job();
  Listener listener(api, job);
  EXPECT_EQ(listener.head.status, 200);
  EXPECT_EQ(listener.head.header("content-type"), "text/event-stream");
  EXPECT_EQ(listener.head.header("cache-control"), "no-store");
  Event event = listener.next();
  EXPECT_EQ(event.name, "state");
  EXPECT_EQ(Json::parse(event.data)["state"], "queued");
  api.finish_job(job);
  while (event.name != "done" && !event.name.empty()) event = listener.next();
  ASSERT_EQ(event.name, "done");
  const Json status = Json::parse(event.data);
  EXPECT_EQ(status["jobId"], job);
  EXPECT_EQ(status["result"], "/v1/jobs/" + job + "/result");
  EXPECT_EQ(status["report"]["seed"], 7);
  EXPECT_EQ(listener.next().name, "") << "nothing follows";
}

TEST(EventsOfAJob, TellStatesProgressAndPlaces) {
  TestApi api;
  const std::string session = api.new_session();
  const std::string first = api.fill(session).json()["jobId"];
  const std::string job = api.fill(session).json()["jobId"];
  Listener listener(api, job);
  std::vector<std::string> names;
  const auto next_with = [&](const std::string& member, const Json& value) {
    for (Event event = listener.next(); !event.name.empty(); event = listener.next()) {
      names.push_back(event.name);
      const Json data = Json::parse(event.data);
      if (data.contains(member) && data[member] == value) return event.name;
    }
    return std::string();
  };
  EXPECT_NE(next_with("queuePosition", 2), "");
  api.ask("DELETE", "/v1/jobs/" + first);
  EXPECT_EQ(next_with("queuePosition", 1), "queue");
  const int attempt = api.begin_job(job);
  EXPECT_EQ(next_with("state", "running"), "state");
  for (const double whole : {0.25, 0.5}) {
    LiveProgress progress;
    progress.attempt = attempt;
    progress.stage = "fill";
    progress.whole = whole;
    api.tell_progress(job, progress);
    EXPECT_EQ(next_with("progress", whole), "progress");
  }
  api.ask("DELETE", "/v1/jobs/" + job);
  EXPECT_EQ(next_with("state", "cancelled"), "done");
}

TEST(EventsOfAJob, GoOnWhereTheClientWas) {
  TestApi api;
  const std::string job = api.new_job();
  ASSERT_TRUE(api.is_seen_as(job, "queued"));
  ASSERT_TRUE(fakes::soon([&] { return api.board->find(*JobId::from(job)).has_value(); }));
  std::string seen;
  {
    Listener listener(api, job);
    seen = listener.next().id;
    ASSERT_NE(seen, "");
  }
  {
    Listener behind(api, job, "0-0");
    EXPECT_EQ(behind.next().id, seen) << "he is told what he missed";
  }
  Listener listener(api, job, seen);
  api.begin_job(job);
  const Event event = listener.next();
  EXPECT_NE(event.id, seen) << "he is not told again what he knows";
  EXPECT_EQ(Json::parse(event.data)["state"], "running");
}

TEST(EventsOfAJob, ThatHasEndedAreOneWhateverTheClientKnows) {
  TestApi api;
  const std::string job = api.new_job();
  api.finish_job(job);
  ASSERT_TRUE(api.is_seen_as(job, "done"));
  std::string seen;
  for (int round = 0; round < 2; ++round) {
    Listener listener(api, job, seen);
    const Event event = listener.next();
    EXPECT_EQ(event.name, "done");
    seen = event.id;
    EXPECT_EQ(listener.next().name, "");
  }
}

TEST(EventsOfAJob, AreNotThereForNobodysJob) {
  TestApi api;
  const Listener listener(api, "00000000000000000000000000000000");
  EXPECT_EQ(listener.head.status, 404);
  EXPECT_EQ(listener.head.header("content-type"), "application/problem+json");
}

TEST(EventsOfAJob, ReachClientsOfTheOldProtocol) {
  TestApi api;
  const std::string job = api.new_job();
  Listener listener(api, job, "", "1.0");
  EXPECT_EQ(listener.head.header("transfer-encoding"), "");
  EXPECT_EQ(listener.next().name, "state");
}

TEST(EventsOfAJob, CostNoThreadAndLetGoOfClientsThatLeave) {
  TestApi api;
  const std::string job = api.new_job();
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto before = threads();
  {
    std::vector<std::unique_ptr<Listener>> listeners;
    for (int i = 0; i < 100; ++i) {
      listeners.push_back(std::make_unique<Listener>(api, job));
      ASSERT_EQ(listeners.back()->next().name, "state");
    }
    EXPECT_EQ(api.server->event_streams(), 100);
    EXPECT_EQ(threads(), before);
  }
  EXPECT_TRUE(fakes::soon([&] { return api.server->event_streams() == 0; }));
}

TEST(EventsOfAJob, EndWithTheService) {
  TestApi api;
  const std::string job = api.new_job();
  Listener listener(api, job);
  ASSERT_EQ(listener.next().name, "state");
  api.stop();
  EXPECT_EQ(listener.next().name, "bye");
  EXPECT_EQ(listener.next().name, "");
}

}  // namespace
}  // namespace pawfect
