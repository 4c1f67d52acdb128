#include "http/server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>

#include "http/test_server.h"

namespace pawfect::http {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::HasSubstr;

asio::awaitable<Response> tell_request(const Request& request, Body&) {
  std::string text = fmt::format("{} {}", request.method, request.path);
  for (const auto& [name, value] : request.parts) text += fmt::format(" {{{}={}}}", name, value);
  for (const auto& [name, value] : request.query) text += fmt::format(" [{}={}]", name, value);
  text += fmt::format(" host={} peer={}", request.header("host"), request.peer);
  co_return Response{200, {}, text};
}

TEST(Server, TellsTheHandlerWhatWasAsked) {
  TestServer server({{"GET", "/v1/jobs/{id}/result", tell_request}});
  TestClient client = server.client();
  client.send("GET /v1/jobs/a%20b/result?x=1+2&y HTTP/1.1\r\nHOST: somewhere\r\n\r\n");
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            "GET /v1/jobs/a b/result {id=a b} [x=1 2] [y=] host=somewhere peer=127.0.0.1");
  EXPECT_FALSE(answer.header("date").empty());
}

TEST(Server, TakesAbsoluteTargets) {
  TestServer server({{"GET", "/a", tell_request}});
  TestClient client = server.client();
  client.send(get("http://elsewhere/a?b=c"));
  EXPECT_THAT(client.read_answer().body, HasSubstr("GET /a [b=c]"));
}

TEST(Server, KeepsTheConnectionFromRequestToRequest) {
  TestServer server({{"GET", "/", saying("hello")}});
  TestClient client = server.client();
  for (int i = 0; i < 5; ++i) {
    client.send(get("/"));
    const TestAnswer answer = client.read_answer();
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("connection"), "");
  }
  EXPECT_EQ(server->connections(), 1);
}

TEST(Server, ClosesWhenTheClientWantsItOrIsOld) {
  TestServer server({{"GET", "/", saying("hello")}});
  for (const std::string request :
       {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    TestClient client = server.client();
    client.send(request);
    const TestAnswer answer = client.read_answer();
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  TestServer server({{"GET", "/{n}", tell_request}, {"POST", "/{n}", count_body, 100}});
  TestClient client = server.client();
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += get(fmt::format("/{}", i));
    all += "\r\n";  // an empty line before a request is allowed
    all += "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    all += "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  }
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.read_answer().body, HasSubstr(fmt::format("GET /{} ", i)));
    EXPECT_EQ(client.read_answer().body, "3");
    EXPECT_EQ(client.read_answer().body, "2");
  }
}

TEST(Server, ReadsAHeadThatComesByteByByte) {
  TestServer server({{"GET", "/", saying("hello")}});
  TestClient client = server.client();
  for (int round = 0; round < 2; ++round) {
    for (const char c : get("/")) client.send(std::string_view(&c, 1));
    EXPECT_EQ(client.read_answer().body, "hello");
  }
}

TEST(Server, KnowsAddressesAndMethods) {
  TestServer server({{"GET", "/v1/jobs/{id}", saying("job")},
                     {"DELETE", "/v1/jobs/{id}", saying("gone")},
                     {"GET", "/v1/jobs/all", saying("all")}});
  TestClient client = server.client();
  client.send(get("/v1/jobs/all"));
  EXPECT_EQ(client.read_answer().body, "all");
  client.send(get("/v1/jobs/other"));
  EXPECT_EQ(client.read_answer().body, "job");
  for (const char* unknown : {"/v1/jobs", "/v1/jobs/", "/v1/jobs/a/b", "/V1/jobs/a", "/"}) {
    client.send(get(unknown));
    const TestAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 404) << unknown;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  }
  client.send("PUT /v1/jobs/a HTTP/1.1\r\nHost: h\r\n\r\n");
  TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, DELETE, OPTIONS");
  client.send("OPTIONS /v1/jobs/a HTTP/1.1\r\nHost: h\r\n\r\n");
  answer = client.read_answer();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(answer.header("content-length"), "");
}

TEST(Server, AnswersHeadLikeGetWithoutTheBody) {
  TestServer server({{"GET", "/", tell_request}});
  TestClient client = server.client();
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/"));
  const TestAnswer head = client.read_answer(false);
  const TestAnswer whole = client.read_answer();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(whole.body.size()));
  EXPECT_THAT(whole.body, HasSubstr("GET /"));
}

class File {
 public:
  explicit File(const std::string& contents) {
    const int descriptor = mkstemp(name_.data());
    EXPECT_EQ(write(descriptor, contents.data(), contents.size()), ssize_t(contents.size()));
    file_ = std::make_shared<FileDescriptor>(descriptor);
    unlink(name_.c_str());
  }
  FilePart part(std::uint64_t offset, std::uint64_t length) const {
    return {file_, offset, length};
  }

 private:
  std::string name_ = testing::TempDir() + "http-file-XXXXXX";
  std::shared_ptr<FileDescriptor> file_;
};

Handler sending(FilePart part) {
  return [part](const Request&, Body&) -> asio::awaitable<Response> {
    co_return Response{200, {}, part};
  };
}

TEST(Server, SendsPartsOfFiles) {
  std::string contents(300'000, ' ');
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = char('a' + i * 7 % 26);
  const File file(contents);
  TestServer server({{"GET", "/all", sending(file.part(0, contents.size()))},
                     {"GET", "/some", sending(file.part(70'001, 100'000))},
                     {"GET", "/none", sending(file.part(5, 0))}});
  TestClient client = server.client();
  client.send(get("/all") + get("/some") + get("/none") + "HEAD /all HTTP/1.1\r\nHost: h\r\n\r\n" +
              get("/none"));
  EXPECT_EQ(client.read_answer().body, contents);
  EXPECT_EQ(client.read_answer().body, contents.substr(70'001, 100'000));
  EXPECT_EQ(client.read_answer().body, "");
  EXPECT_EQ(client.read_answer(false).header("content-length"), "300000");
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Server, CutsTheConnectionWhenAFileIsShorterThanItSaid) {
  const File file(std::string(1000, 'x'));
  TestServer server({{"GET", "/", sending(file.part(0, 2000))}});
  TestClient client = server.client();
  client.send(get("/"));
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.header("content-length"), "2000");
  EXPECT_EQ(answer.body.size(), 1000u);
  EXPECT_FALSE(answer.is_whole);
}

TEST(Server, AnswersAnExceptionWith500AndGoesOn) {
  const auto throwing = [](const Request& request, Body&) -> asio::awaitable<Response> {
    if (request.path == "/odd") throw 7;
    throw std::runtime_error("secret detail");
    co_return Response{};
  };
  TestServer server({{"GET", "/{x}", throwing}, {"GET", "/", saying("hello")}});
  TestClient client = server.client();
  client.send(get("/plain") + get("/odd") + get("/"));
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(client.read_answer().status, 500);
  EXPECT_EQ(client.read_answer().body, "hello");
  EXPECT_EQ(server.failures().size(), 2u);
  EXPECT_THAT(server.failures(), Contains("secret detail"));
}

TEST(Server, SurvivesHooksThatThrow) {
  ServerSetup setup;
  setup.guard = [](const Request& request) -> std::optional<Response> {
    if (request.path == "/guard") throw std::runtime_error("guard");
    return std::nullopt;
  };
  setup.finish = [](const Request& request, Response&) {
    if (request.path == "/finish") throw std::runtime_error("finish");
  };
  setup.sent = [](const ServerSetup::Sent& sent) {
    if (sent.route == "sent") throw std::runtime_error("sent");
  };
  TestServer server({{"GET", "/{x}", saying("hello")}, {"GET", "/sent", saying(""), 0, "sent"}},
                    std::move(setup));
  TestClient client = server.client();
  client.send(get("/guard") + get("/finish") + get("/fine") + get("/sent"));
  EXPECT_EQ(client.read_answer().status, 500);
  EXPECT_EQ(client.read_answer().status, 500);
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.is_closed());
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  EXPECT_THAT(server.failures(), testing::ElementsAre("guard", "finish", "sent"));
}

TEST(Server, SurvivesExceptionsOfWhatOthersGaveToItsContext) {
  TestServer server({{"GET", "/", saying("hello")}});
  asio::post(server->context(), [] { throw std::runtime_error("posted"); });
  TestClient client = server.client();
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().body, "hello");
  EXPECT_TRUE(eventually([&] { return !server.failures().empty(); }));
}

TEST(Server, CallsItsHooks) {
  std::mutex mutex;
  std::vector<std::string> lines;
  ServerSetup setup;
  setup.headers = {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}};
  setup.guard = [](const Request& request) -> std::optional<Response> {
    if (request.header("authorization").empty())
      return problem_response({401, "unauthorized", "say who you are"});
    return std::nullopt;
  };
  setup.finish = [](const Request& request, Response& response) {
    response.headers.emplace_back("X-Path", request.path);
  };
  setup.sent = [&](const ServerSetup::Sent& sent) {
    const std::lock_guard lock(mutex);
    const bool is_told = sent.bytes_out > 0 && sent.seconds >= 0;
    lines.push_back(fmt::format("{} {} {} {}{}", sent.method, sent.route, sent.status,
                                sent.bytes_in, is_told ? "" : " nothing sent"));
  };
  const auto cached = [](const Request&, Body&) -> asio::awaitable<Response> {
    Response response{200, {{"Cache-Control", "private"}}, "x"};
    co_return response;
  };
  TestServer server({{"POST", "/a/{b}", count_body, 100}, {"GET", "/c", cached, 0, "cached"}},
                    std::move(setup));
  TestClient client = server.client();
  client.send(
      "POST /a/1 HTTP/1.1\r\nHost: h\r\nAuthorization: me\r\nContent-Length: 4\r\n\r\nabcd"
      "HEAD /c HTTP/1.1\r\nHost: h\r\nAuthorization: me\r\n\r\n"
      "GET /nowhere HTTP/1.1\r\nHost: h\r\nAuthorization: me\r\n\r\n"
      "POST /a/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd");
  TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.header("x-path"), "/a/1");
  EXPECT_EQ(client.read_answer(false).header("cache-control"), "private");
  answer = client.read_answer();
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  answer = client.read_answer();
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("connection"), "close") << "its body was not read";
  EXPECT_EQ(answer.header("x-path"), "/a/1");
  TestClient other = server.client();
  other.send("nonsense\r\n\r\n");
  EXPECT_EQ(other.read_answer().status, 400);
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return lines.size() == 5;
  }));
  EXPECT_THAT(lines, testing::ElementsAre("POST /a/{b} 200 4", "HEAD cached 200 0", "GET  404 0",
                                          "POST  401 0", "  400 0"));
}

TEST(Server, LetsNoValueBeginALine) {
  const auto splitting = [](const Request& request, Body&) -> asio::awaitable<Response> {
    Response response;
    response.headers.emplace_back("X-Name", *request.query_value("name") + "\r\nX-Evil: 1");
    co_return response;
  };
  TestServer server({{"GET", "/", splitting}});
  TestClient client = server.client();
  client.send(get("/?name=a"));
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.header("x-name"), "aX-Evil: 1");
  EXPECT_EQ(answer.header("x-evil"), "");
}

TEST(Server, SaysWhyItCannotListen) {
  TestServer server({});
  const std::string address = server->address();
  ServerSetup setup;
  setup.port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  const auto second = Server::open(setup, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUsage);
  EXPECT_THAT(second.error().message, HasSubstr(address));
  setup.address = "not an address";
  const auto third = Server::open(setup, {});
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message, HasSubstr("not an address"));
}

}  // namespace
}  // namespace pawfect::http
