#include "store/s3_request.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "store/test_scripted_peer.h"

namespace pawfect {
namespace {

using fakes::http_answer;
using fakes::ScriptedAnswer;
using fakes::ScriptedPeer;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const S3Access kAccess = {.region = "us-east-1", .access_key = "key", .secret_key = "se:cret"};

// Network sockets that a child process would get. (Not counted: the pair with which libcurl wakes
// itself up; it leads nowhere.)
int inherited_sockets() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename().string());
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        address.ss_family != AF_INET)
      continue;
    count += (::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) == 0;
  }
  return count;
}

ScriptedAnswer kept_open(std::string_view body) {
  return {.bytes = fmt::format("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{}", body.size(), body),
          .hangs_after = true};
}

TEST(S3Request, GivesStatusLengthAndBody) {
  const ScriptedPeer peer({http_answer(418, "tea")});
  const S3Outcome outcome = S3Connection().send({.url = peer.url() + "/b"}, kAccess, {});
  EXPECT_EQ(outcome.trouble, "");
  EXPECT_EQ(outcome.answer.status, 418);
  EXPECT_EQ(outcome.answer.length, 3u);
  EXPECT_EQ(outcome.answer.body, "tea");
}

TEST(S3Request, NoConnectionReachesAChildProcess) {
  const int before = inherited_sockets();
  const ScriptedPeer peer({kept_open("x")});
  S3Connection connection;
  EXPECT_EQ(connection.send({.url = peer.url() + "/b"}, kAccess, {}).answer.body, "x");
  EXPECT_EQ(inherited_sockets(), before);
}

TEST(S3Request, ATransferThatCrawlsEndsBeforeItsTime) {
  const ScriptedPeer peer(
      {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx", .hangs_after = true}});
  const S3Outcome outcome = S3Connection().send({.url = peer.url() + "/b"}, kAccess, {.slow_s = 1});
  EXPECT_THAT(outcome.trouble, HasSubstr("too slow"));
}

TEST(S3Request, AProxyOfTheEnvironmentIsNotAsked) {
  const ScriptedPeer proxy({http_answer(200, "proxy")}), peer({http_answer(200, "peer")});
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  const S3Outcome outcome = S3Connection().send({.url = peer.url() + "/b"}, kAccess, {});
  ::unsetenv("http_proxy");
  EXPECT_EQ(outcome.answer.body, "peer");
  EXPECT_THAT(proxy.requests(), SizeIs(0));
}

TEST(S3Request, OtherProtocolsAreNotSpoken) {
  for (const char* url : {"file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"}) {
    const S3Outcome outcome = S3Connection().send({.url = url}, kAccess, {});
    EXPECT_THAT(outcome.trouble, HasSubstr("not supported or disabled")) << url;
    EXPECT_EQ(outcome.answer.body, "");
  }
}

}  // namespace
}  // namespace pawfect
