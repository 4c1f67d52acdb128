#include "http/ranges.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pawfect::http {
namespace {

constexpr std::uint64_t kSize = 1000;
constexpr const char* kTag = "\"abc\"";

Request asking(Texts headers) {
  Request request;
  request.headers = std::move(headers);
  return request;
}

std::string header(const PartAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return "";
}

struct RangeCase {
  const char* range;
  int status;
  std::uint64_t offset, length;
  const char* content_range;
};

TEST(Ranges, AreAnsweredAsTheStandardSays) {
  const std::vector<RangeCase> cases = {
      {"bytes=0-0", 206, 0, 1, "bytes 0-0/1000"},
      {"bytes=0-499", 206, 0, 500, "bytes 0-499/1000"},
      {"bytes=500-999", 206, 500, 500, "bytes 500-999/1000"},
      {"bytes=999-999", 206, 999, 1, "bytes 999-999/1000"},
      {"bytes=0-", 206, 0, 1000, "bytes 0-999/1000"},
      {"bytes=990-", 206, 990, 10, "bytes 990-999/1000"},
      {"bytes=990-2000", 206, 990, 10, "bytes 990-999/1000"},
      {"bytes=0-18446744073709551615", 206, 0, 1000, "bytes 0-999/1000"},
      {"bytes=-1", 206, 999, 1, "bytes 999-999/1000"},
      {"bytes=-1000", 206, 0, 1000, "bytes 0-999/1000"},
      {"bytes=-5000", 206, 0, 1000, "bytes 0-999/1000"},
      {"bytes= 1-2 ", 206, 1, 2, "bytes 1-2/1000"},
      {"Bytes=1-2", 206, 1, 2, "bytes 1-2/1000"},
      {"bytes=1000-", 416, 0, 0, "bytes */1000"},
      {"bytes=1000-2000", 416, 0, 0, "bytes */1000"},
      {"bytes=18446744073709551615-", 416, 0, 0, "bytes */1000"},
      {"bytes=-0", 416, 0, 0, "bytes */1000"},
      // What makes no sense, or more of it than one, is passed over.
      {"", 200, 0, 1000, ""},
      {"bytes", 200, 0, 1000, ""},
      {"bytes=", 200, 0, 1000, ""},
      {"bytes=-", 200, 0, 1000, ""},
      {"bytes=5", 200, 0, 1000, ""},
      {"bytes=5-4", 200, 0, 1000, ""},
      {"bytes=a-b", 200, 0, 1000, ""},
      {"bytes=1-2x", 200, 0, 1000, ""},
      {"bytes=+1-2", 200, 0, 1000, ""},
      {"bytes=--1", 200, 0, 1000, ""},
      {"bytes=1 - 2", 200, 0, 1000, ""},
      {"bytes=0-1,5-6", 200, 0, 1000, ""},
      {"bytes=18446744073709551616-", 200, 0, 1000, ""},
      {"lines=0-1", 200, 0, 1000, ""},
      {"bytes 0-1", 200, 0, 1000, ""},
  };
  for (const RangeCase& one : cases) {
    const PartAnswer answer = answer_part(asking({{"range", one.range}}), kTag, kSize);
    EXPECT_EQ(answer.status, one.status) << one.range;
    EXPECT_EQ(answer.offset, one.offset) << one.range;
    EXPECT_EQ(answer.length, one.length) << one.range;
    EXPECT_EQ(header(answer, "Content-Range"), one.content_range) << one.range;
    EXPECT_EQ(header(answer, "ETag"), kTag);
    EXPECT_EQ(header(answer, "Accept-Ranges"), "bytes");
  }
}

TEST(Ranges, OfNothingAreOutside) {
  for (const char* range : {"bytes=0-", "bytes=0-0", "bytes=-1"}) {
    const PartAnswer answer = answer_part(asking({{"range", range}}), kTag, 0);
    EXPECT_EQ(answer.status, 416) << range;
    EXPECT_EQ(header(answer, "Content-Range"), "bytes */0");
  }
  EXPECT_EQ(answer_part(asking({}), kTag, 0).status, 200);
}

struct ConditionCase {
  Texts headers;
  int status;
};

TEST(Conditions, AreJudgedInTheirOrder) {
  const std::pair<std::string, std::string> range{"range", "bytes=0-9"};
  const std::vector<ConditionCase> cases = {
      {{{"if-none-match", "\"abc\""}}, 304},
      {{{"if-none-match", "W/\"abc\""}}, 304},
      {{{"if-none-match", "*"}}, 304},
      {{{"if-none-match", "\"x\", \"abc\""}}, 304},
      {{{"if-none-match", "\"x\",W/\"abc\" , \"y\""}}, 304},
      {{{"if-none-match", "\"x,\", \"abc\""}}, 304},
      {{{"if-none-match", "\"abc,\""}}, 200},
      {{{"if-none-match", "\"x\""}}, 200},
      {{{"if-none-match", "abc"}}, 200},
      {{{"if-none-match", "\"abc"}}, 200},
      {{{"if-none-match", "\"ABC\""}}, 200},
      {{{"if-none-match", "\"x\", *"}}, 200},
      {{{"if-none-match", "\"abc\""}, range}, 304},
      {{{"if-none-match", "\"x\""}, range}, 206},
      {{{"if-match", "\"abc\""}}, 200},
      {{{"if-match", "*"}}, 200},
      {{{"if-match", "\"x\", \"abc\""}, range}, 206},
      {{{"if-match", "W/\"abc\""}}, 412},
      {{{"if-match", "\"x\""}}, 412},
      {{{"if-match", "\"x\""}, range}, 412},
      {{{"if-match", "\"x\""}, {"if-none-match", "\"abc\""}}, 412},
      {{{"if-match", "\"abc\""}, {"if-none-match", "\"abc\""}}, 304},
      {{{"if-range", "\"abc\""}, range}, 206},
      {{{"if-range", "\"x\""}, range}, 200},
      {{{"if-range", "W/\"abc\""}, range}, 200},
      {{{"if-range", "*"}, range}, 200},
      {{{"if-range", "Sat, 29 Oct 1994 19:43:31 GMT"}, range}, 200},
      {{{"if-range", "\"x\""}, {"range", "bytes=5000-"}}, 200},
      {{{"if-range", "\"abc\""}}, 200},
  };
  for (const ConditionCase& one : cases) {
    const PartAnswer answer = answer_part(asking(one.headers), kTag, kSize);
    std::string what;
    for (const auto& [name, value] : one.headers) what.append(name).append("=").append(value);
    EXPECT_EQ(answer.status, one.status) << what;
    EXPECT_EQ(answer.length, answer.status == 200 ? 1000u : (answer.status == 206 ? 10u : 0u));
    EXPECT_EQ(header(answer, "ETag"), kTag);
  }
}

TEST(Conditions, OnAWeakTagMatchWeaklyOnly) {
  EXPECT_EQ(answer_part(asking({{"if-none-match", "\"a\""}}), "W/\"a\"", 5).status, 304);
  EXPECT_EQ(answer_part(asking({{"if-none-match", "W/\"a\""}}), "W/\"a\"", 5).status, 304);
  EXPECT_EQ(answer_part(asking({{"if-match", "W/\"a\""}}), "W/\"a\"", 5).status, 412);
  EXPECT_EQ(
      answer_part(asking({{"if-range", "W/\"a\""}, {"range", "bytes=0-1"}}), "W/\"a\"", 5).status,
      200);
}

}  // namespace
}  // namespace pawfect::http
