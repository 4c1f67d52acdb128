// Requests that no browser sends: each gets a clear refusal and its connection closed, and the next
// client is answered.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/test_server.h"

namespace pawfect::http {
namespace {

struct Raw {
  const char* what;
  int status;
  std::string request;
};

std::string post(const std::string& fields, const std::string& body) {
  return fmt::format("POST /up HTTP/1.1\r\nHost: h\r\n{}\r\n{}", fields, body);
}

std::string with_field(const std::string& field) {
  return fmt::format("GET / HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n", field);
}

std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

std::vector<Raw> heads() {
  std::string many;
  for (int i = 0; i < 70; ++i) many += fmt::format("X-{}: 1\r\n", i);
  return {
      {"no HTTP", 400, "hello\r\n\r\n"},
      {"the preface of HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"TLS", 431, std::string("\x16\x03\x01\x02\x00\x01", 6) + std::string(20'000, 'x')},
      {"HTTP/0.9", 400, "GET /\r\n\r\n"},
      {"HTTP/1.2", 400, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
      {"HTTP/2 in the request line", 400, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {"a version that is none", 400, "GET / HTTP/1.x\r\nHost: h\r\n\r\n"},
      {"lower-case protocol", 400, "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {"no target", 400, "GET HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"two blanks", 400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a blank in the target", 400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a tab in the request line", 400, "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a blank at the request line's end", 400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {"a method that is none", 400, "GE(T / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"no method", 400, " / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a host's own form", 400, "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"bare LF", 400, "GET / HTTP/1.1\nHost: h\n\r\n\r\n"},
      {"bare LF in a field", 400, with_field("X: a\nTransfer-Encoding: chunked")},
      {"bare CR in a field", 400, with_field("X: a\rY: b")},
      {"NUL in a field", 400, with_field(std::string("X: a\0b", 6))},
      {"NUL in a name", 400, with_field(std::string("X\0: a", 5))},
      {"a control character in a field", 400,
       with_field("X: a\x01"
                  "b")},
      {"a folded line", 400, with_field("X: a\r\n b")},
      {"a folded first line", 400, "GET / HTTP/1.1\r\n X: a\r\nHost: h\r\n\r\n"},
      {"a blank before the colon", 400, with_field("X : a")},
      {"a tab before the colon", 400, with_field("X\t: a")},
      {"a field without a colon", 400, with_field("X")},
      {"a field without a name", 400, with_field(": a")},
      {"a name with brackets", 400, with_field("X[]: a")},
      {"no Host", 400, "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", 400, with_field("Host: h")},
      {"too many fields", 431, with_field(many + "X: 1")},
      {"a head that is too long", 431, with_field("X: " + std::string(20'000, 'x'))},
      {"a head that is a little too long", 431, with_field("X: " + std::string(16'380, 'x'))},
      {"an endless head", 431, "GET / HTTP/1.1\r\nX: " + std::string(300'000, 'x')},
      {"an endless target", 431, "GET /" + std::string(300'000, 'x')},
      {"another expectation", 417, with_field("Expect: a-miracle")},

      {"both lengths", 400,
       post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"both the other way", 400,
       post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"two lengths", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
      {"two equal lengths", 400, post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"a list of lengths", 400, post("Content-Length: 5, 5\r\n", "hello")},
      {"a negative length", 400, post("Content-Length: -5\r\n", "hello")},
      {"a length with a sign", 400, post("Content-Length: +5\r\n", "hello")},
      {"a hexadecimal length", 400, post("Content-Length: 0x5\r\n", "hello")},
      {"a length with a blank", 400, post("Content-Length: 5 5\r\n", "hello")},
      {"an empty length", 400, post("Content-Length:\r\n", "hello")},
      {"a length beyond 64 bits", 400, post("Content-Length: 18446744073709551621\r\n", "hello")},
      {"compression", 501, post("Transfer-Encoding: gzip\r\n", "hello")},
      {"compressed chunks", 501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"chunked twice", 501, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
      {"two codings", 400,
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")},
      {"identity", 501, post("Transfer-Encoding: identity\r\n", "hello")},
      {"a quoted coding", 501, post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
      {"a coding with a parameter", 501, post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
      {"a vertical tab before the coding", 400,
       post("Transfer-Encoding: \x0b"
            "chunked\r\n",
            "")},
      {"chunks in HTTP/1.0", 400,
       "POST /up HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
  };
}

std::vector<Raw> targets() {
  std::vector<Raw> raws;
  for (const char* target :
       {"/%",      "/%4",        "/%zz",          "/%00",    "/a%0ab",    "/%7f",
        "/a%2fb",  "/a%2Fb",     "/a%5cb",        "/a\\b",   "/..",       "/../etc/passwd",
        "/a/../b", "/%2e%2e/x",  "/.%2e/x",       "/.",      "/a/./b",    "/%c0%af",
        "/%ff",    "/%ed%a0%80", "/%f4%90%80%80", "/a?b=%",  "/a?%00=b",  "/a?b=%ff",
        "/a#b",    "*",          "a/b",           "http:/a", "ftp://h/a", "?a=b"}) {
    raws.push_back({target, 400, get(target)});
  }
  raws.push_back({"a long path", 414, get("/" + std::string(2000, 'x'))});
  std::string query = "/?a=b";
  for (int i = 0; i < 64; ++i) query += "&a=b";
  raws.push_back({"65 members", 400, get(query)});
  return raws;
}

std::vector<Raw> bodies() {
  return {
      {"no chunk size", 400, chunked("\r\n\r\n")},
      {"a chunk size with 0x", 400, chunked("0x5\r\nhello\r\n0\r\n\r\n")},
      {"a chunk size with a sign", 400, chunked("+5\r\nhello\r\n0\r\n\r\n")},
      {"a negative chunk size", 400, chunked("-5\r\nhello\r\n0\r\n\r\n")},
      {"a chunk size with a blank before", 400, chunked(" 5\r\nhello\r\n0\r\n\r\n")},
      {"a chunk size that is a word", 400, chunked("five\r\nhello\r\n0\r\n\r\n")},
      {"a chunk size beyond 64 bits", 400, chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"a chunk longer than its size", 400, chunked("3\r\nhello\r\n0\r\n\r\n")},
      {"a chunk shorter than its size", 400, chunked("7\r\nhello\r\n0\r\n\r\n")},
      {"bare LF behind the size", 400, chunked("5\nhello\r\n0\r\n\r\n")},
      {"bare LF behind the chunk", 400, chunked("5\r\nhello\n0\r\n\r\n")},
      {"an endless chunk extension", 400, chunked("5;x=" + std::string(100'000, 'x'))},
      {"an endless chunk size", 400, chunked(std::string(100'000, '0'))},
      {"endless fields behind the body", 400,
       chunked("0\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n")},
      {"a length behind the body", 400, chunked("0\r\nContent-Length: 5\r\n\r\n")},
      {"a folded field behind the body", 400, chunked("0\r\nX : a\r\n\r\n")},
  };
}

class Malformed : public testing::TestWithParam<Raw> {};

TEST_P(Malformed, IsRefusedAndTheConnectionClosed) {
  TestServer server({{"GET", "/", saying("hello")}, {"POST", "/up", count_body, 1000}});
  TestClient client = server.client();
  client.send(GetParam().request);
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_TRUE(answer.is_whole);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.is_closed()) << "what follows must not be taken for a request";
  TestClient other = server.client();
  other.send(get("/"));
  EXPECT_EQ(other.read_answer().body, "hello");
}

std::string name_of(const testing::TestParamInfo<Raw>& raw) {
  std::string name;
  for (const char c : std::string_view(raw.param.what))
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c)
                                                             : fmt::format("_{:x}", c & 0xff);
  return name;
}

INSTANTIATE_TEST_SUITE_P(Heads, Malformed, testing::ValuesIn(heads()), name_of);
INSTANTIATE_TEST_SUITE_P(Targets, Malformed, testing::ValuesIn(targets()), name_of);
INSTANTIATE_TEST_SUITE_P(Bodies, Malformed, testing::ValuesIn(bodies()), name_of);

TEST(Malformed, WhatLooksOddButIsAllowedIsAnswered) {
  TestServer server({{"GET", "/", saying("hello")}, {"POST", "/up", count_body, 1000}});
  TestClient client = server.client();
  for (const std::string request : {
           "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nhOsT:h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost:\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: \t h \t \r\nX:\r\nY: \xc3\xa4\r\n\r\n",
           "GET /?&&a&=b&%20 HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
           "POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 005\r\n\r\nhello",
           "POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
           "00005;a=b;c=\"d\"\r\nhello\r\n0;x\r\nTrailer: x\r\nConnection: close\r\n\r\n",
           "POST /up HTTP/1.1\r\nHost: h\r\n\r\n",
       }) {
    client.send(request);
    EXPECT_EQ(client.read_answer().status, 200) << request;
  }
}

TEST(Malformed, EachBeginningOfARequestEndsWithoutAnAnswer) {
  TestServer server({{"POST", "/up", count_body, 1000}});
  const std::string whole = post("Content-Length: 5\r\n", "hello");
  const std::size_t head = whole.find("\r\n\r\n") + 4;
  for (std::size_t length = 0; length < head; ++length) {
    TestClient client = server.client();
    client.send(std::string_view(whole).substr(0, length));
    client.end_sending();
    EXPECT_EQ(client.read_to_end(), "") << length;
  }
  for (std::size_t length = head; length < whole.size(); ++length) {
    TestClient client = server.client();
    client.send(std::string_view(whole).substr(0, length));
    client.end_sending();
    EXPECT_EQ(client.read_answer().status, 400) << length;
  }
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

}  // namespace
}  // namespace pawfect::http
