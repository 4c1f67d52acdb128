// The API with all that it needs around it, for the tests of this room: a data folder with stores
// that can fail, a clock that can be set forward, a labeler that counts, a server on a port of its
// own. What is asked for by `ask` must be answered as openapi.json says.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/api.h"
#include "api/openapi.h"
#include "api/test_client.h"
#include "image/test_files.h"
#include "store/job_records.h"
#include "store/test_folder.h"
#include "worker/fake_stores.h"
#include "worker/test_child.h"

namespace pawfect::fakes {

// Runs as time does; can be set forward. Safe from any thread.
class AheadClock : public Clock {
 public:
  WallTime wall() const override { return system_.wall() + Milliseconds(ahead_); }
  MonotonicTime monotonic() const override { return system_.monotonic() + Milliseconds(ahead_); }
  void advance(Milliseconds by) { ahead_ += by.count(); }

 private:
  SystemClock system_;
  std::atomic<std::int64_t> ahead_ = 0;
};

class CountingLabeler : public LabelCaller {
 public:
  void ask(const SessionId& session, std::string_view photo) override {
    const std::lock_guard lock(mutex_);
    asked_.emplace_back(session.text(), photo);
  }
  std::vector<std::pair<std::string, std::string>> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> asked_;
};

// Waits, generously, for what others bring about.
inline bool soon(const std::function<bool()>& is_so) {
  for (int round = 0; round < 4'000; ++round) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

inline std::string text_of(const ByteVector& bytes) { return {bytes.begin(), bytes.end()}; }

inline std::string photo_bytes(Container container = Container::kPng) {
  return text_of(testing::encoded(testing::smooth(60, 40, 3), container));
}

inline std::string mask_bytes(int left = 20) {
  Image white(60, 40, 1, SampleDepth::k8);
  for (int y = 15; y < 25; ++y)
    for (int x = left; x < left + 20; ++x) white.bytes[std::size_t(y) * 60 + std::size_t(x)] = 255;
  return text_of(testing::encoded(white, Container::kPng));
}

// "/v1/jobs/0123.../result" -> "/v1/jobs/{id}/result"
inline std::string pattern_of(std::string_view target) {
  std::string path(target.substr(0, target.find('?')));
  for (const std::string_view room : {"/v1/jobs/", "/v1/sessions/"}) {
    if (!path.starts_with(room)) continue;
    const std::size_t end = std::min(path.find('/', room.size()), path.size());
    path = std::string(room) + "{id}" + path.substr(end);
  }
  return path;
}

class TestApi {
 public:
  explicit TestApi(const std::function<void(ServiceConfig&)>& configure = {}) {
    config.store.data = folder.path();
    config.http.listen = "127.0.0.1:0";
    if (configure) configure(config);
    std::filesystem::create_directories(folder.path() / "spool");
    start();
  }
  ~TestApi() { stop(); }

  void start() {
    is_draining = false;
    board = JobBoard::open(*real_sessions, clock).value();
    session_board = SessionBoard::open(*real_sessions).value();
    access = std::make_unique<Access>(config.tokens, clock);
    workers = std::make_unique<http::Workers>(config.http.threads);
    parts.reset(new ApiParts{config, stores, *board, *session_board, policy, checker, *workers,
                             *access, has_labeler ? &labeler : nullptr, choose_variant, context,
                             folder.path() / "spool", is_draining});
    http::ServerSetup setup;
    setup.port = 0;
    prepare_server(setup, *parts);
    server = http::Server::open(std::move(setup), api_routes(*parts)).value();
    network = std::jthread([this] { server->run(); });
  }
  void stop() {
    if (server == nullptr) return;
    server->stop(Milliseconds(2'000));
    network.join();
    workers.reset();
    server.reset();
    // Each waits for its feed.
    const std::jthread other([this] { session_board.reset(); });
    board.reset();
  }
  // As after a crash that lost nothing.
  void restart() {
    stop();
    start();
  }

  Answer ask(std::string_view method, std::string_view target, Headers headers = {},
             std::string_view body = {}) {
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    Answer answer = fakes::ask(server->address(), method, target, headers, body);
    check_described(method, target, answer);
    return answer;
  }
  Answer get(std::string_view target, Headers headers = {}) {
    return ask("GET", target, std::move(headers));
  }
  Answer post_form(std::string_view target, const std::vector<FormPart>& form,
                   const Headers& more = {}) {
    Headers headers = form_headers();
    headers.insert(headers.end(), more.begin(), more.end());
    return ask("POST", target, headers, form_text(form));
  }
  Answer post_photo(std::string_view bytes) {
    return ask("POST", "/v1/sessions", {{"Content-Type", "image/png"}}, bytes);
  }
  Answer fill(const std::string& session, std::vector<FormPart> more = {},
              const Headers& headers = {}) {
    more.push_back({"mask", mask_bytes(), "mask.png"});
    return post_form("/v1/sessions/" + session + "/fills", more, headers);
  }

  std::string new_session() {
    const Answer answer = post_photo(photo_bytes());
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.status == 201 ? answer.json()["sessionId"].get<std::string>() : "";
  }
  // With its session.
  std::string new_job() {
    const Answer answer = fill(new_session());
    EXPECT_EQ(answer.status, 202) << answer.body;
    return answer.status == 202 ? answer.json()["jobId"].get<std::string>() : "";
  }

  JobRecord record(const std::string& job) {
    return records.read(*JobId::from(job)).value().value();
  }
  SessionRecord session(const std::string& id) {
    return sessions_of.read(*SessionId::from(id)).value().value();
  }
  std::size_t count(Kind kind) {
    const auto feed = real_sessions->follow(kind).value();
    std::size_t count = 0;
    const auto documents = feed->next(Milliseconds(0)).value();
    for (const Document& document : documents) count += !document.is_removed;
    return count;
  }
  std::size_t blobs_under(const std::string& prefix) {
    return real_blobs->list(prefix, "", 1000).value().size();
  }
  std::size_t spool_files() {
    const std::filesystem::directory_iterator files(folder.path() / "spool");
    return std::size_t(std::distance(begin(files), end(files)));
  }

  // What a worker does.
  void change(const std::string& job, const std::function<void(JobRecord&)>& change) {
    ASSERT_TRUE(records.change(*JobId::from(job), change));
  }
  int begin_job(const std::string& job) {
    int attempt = 0;
    change(job, [&](JobRecord& now) {
      const auto taken =
          policy.on_take(now, {"worker", present_message(now), LabelState::kNoLabeler});
      attempt = std::get<Start>(*taken).attempt;
    });
    return attempt;
  }
  void tell_progress(const std::string& job, const LiveProgress& progress) {
    ASSERT_TRUE(real_sessions->put(Kind::kProgress, job, to_text(progress)));
  }
  void finish_job(const std::string& job, std::string_view result = "the picture's bytes") {
    const int attempt = begin_job(job);
    const auto file = folder.path() / "result";
    std::ofstream(file, std::ios::binary) << result;
    const std::string blob = real_blobs->put("results/" + job + "/result", file).value();
    ASSERT_TRUE(real_sessions->put(Kind::kReport, fmt::format("{}.{}", job, attempt),
                                   R"({"kind":"fill","seed":7})"));
    change(job,
           [&](JobRecord& now) { policy.on_success(now, attempt, {blob, PromptSource::kEmpty}); });
  }
  void kill_job(const std::string& job) {
    const int attempt = begin_job(job);
    change(job, [&](JobRecord& now) {
      policy.on_failure(now, attempt, Retry::kPointless, "photo: damaged");
    });
  }
  // Until the board knows.
  bool is_seen_as(const std::string& job, std::string_view state) {
    return soon([&] { return get("/v1/jobs/" + job).json().value("state", "") == state; });
  }

  TestFolder folder;
  ServiceConfig config;
  AheadClock clock;
  std::string token;  // that ask() sends
  bool has_labeler = true;
  std::function<std::string(const SessionId&)> choose_variant;
  std::unique_ptr<SqliteSessionStore> real_sessions =
      SqliteSessionStore::open(folder.path()).value();
  std::unique_ptr<SqliteQueue> real_queue = SqliteQueue::open(folder.path(), clock).value();
  std::unique_ptr<FileBlobStore> real_blobs =
      FileBlobStore::open(folder.path() / "blobs", 0).value();
  FlakySessions sessions{*real_sessions};
  FlakyQueue queue{*real_queue};
  FlakyBlobs blobs{*real_blobs};
  Stores stores{sessions, queue, blobs};
  JobRecords records{*real_sessions};
  Sessions sessions_of{*real_sessions};
  JobPolicy policy{clock, config.jobs.limits, [] { return 0.5; }};
  PictureChecker checker{{.children = 2}, test_child("picture-child")};
  CountingLabeler labeler;
  ServiceMetrics metrics;
  EventLog log = EventLog::silent();
  ServiceContext context{clock, metrics, log};
  std::atomic<bool> is_draining = false;
  std::unique_ptr<JobBoard> board;
  std::unique_ptr<SessionBoard> session_board;
  std::unique_ptr<Access> access;
  std::unique_ptr<http::Workers> workers;
  std::unique_ptr<ApiParts> parts;
  std::unique_ptr<http::Server> server;
  std::jthread network;

 private:
  static void check_described(std::string_view method, std::string_view target,
                              const Answer& answer) {
    static const Json document = Json::parse(openapi_document());
    // What the server says before it looks for a route.
    static const std::set<int> kAnywhere{400, 404, 405, 414, 431};
    const auto path = document["paths"].find(pattern_of(target));
    if (path == document["paths"].end() || kAnywhere.contains(answer.status)) return;
    const auto operation = path->find(method == "HEAD" ? "get" : lower(std::string(method)));
    if (operation == path->end()) return;
    EXPECT_TRUE((*operation)["responses"].contains(std::to_string(answer.status)))
        << method << ' ' << target << " answered " << answer.status
        << ", which openapi.json does not name: " << answer.body;
  }
};

}  // namespace pawfect::fakes
