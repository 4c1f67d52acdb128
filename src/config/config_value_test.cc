#include "config/config_value.h"

#include <gtest/gtest.h>

#include "config/listen_address.h"

namespace pawfect {
namespace {

TEST(Times, AreAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_time("250ms"), Milliseconds(250));
  EXPECT_EQ(parse_time("90s"), Milliseconds(90'000));
  EXPECT_EQ(parse_time("5m"), Milliseconds(300'000));
  EXPECT_EQ(parse_time("24h"), Milliseconds(86'400'000));
  EXPECT_EQ(parse_time("7d"), Milliseconds(604'800'000));
  EXPECT_EQ(parse_time("0s"), Milliseconds(0));
}

TEST(Times, AreNothingElse) {
  for (const char* text : {"", "90", "s", "-1s", "1.5s", "1 s", " 1s", "1S", "1min", "1s ",
                           "9223372036854775808ms", "106751991168d", "99999999999999999999s"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Times, AreWrittenInTheLargestUnitThatIsExact) {
  for (const char* text : {"1ms", "999ms", "90s", "5m", "24h", "7d", "0s"}) {
    const std::string again = time_text(*parse_time(text));
    EXPECT_EQ(parse_time(again), parse_time(text));
  }
  EXPECT_EQ(time_text(Milliseconds(90'000)), "90s");
  EXPECT_EQ(time_text(Milliseconds(86'400'000)), "1d");
  EXPECT_EQ(time_text(Milliseconds(1'001)), "1001ms");
}

TEST(Sizes, AreAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_size("32MiB"), 32u << 20);
  EXPECT_EQ(parse_size("0B"), 0u);
  EXPECT_EQ(parse_size("2TiB"), 2ull << 40);
  EXPECT_EQ(size_text(32u << 20), "32MiB");
  EXPECT_EQ(size_text(1025), "1025B");
  for (const char* text : {"", "32", "32MB", "32mib", "-1B", "1.5GiB", "8388608TiB"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(TextsFromOutside, AreShownOnOneLineAndCut) {
  EXPECT_EQ(in_quotes("a\nb\x7f"), "\"a?b?\"");
  EXPECT_EQ(one_line("abcdef", 3), "abc...");
  EXPECT_LT(in_quotes(std::string(5'000, 'x')).size(), 100u);
}

TEST(ListenAddresses, AreNumbers) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080"), (ListenAddress{"127.0.0.1", 8080, true}));
  EXPECT_EQ(parse_listen_address("0.0.0.0:0"), (ListenAddress{"0.0.0.0", 0, false}));
  EXPECT_EQ(parse_listen_address("[::1]:80"), (ListenAddress{"::1", 80, true}));
  EXPECT_EQ(parse_listen_address("[::]:80"), (ListenAddress{"::", 80, false}));
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {""sv, ":"sv, "8080"sv, "127.0.0.1"sv, "127.0.0.1:"sv, "127.0.0.1:65536"sv, "127.0.0.1:-1"sv,
        "localhost:80"sv, "::1:80"sv, "[::1]"sv, "[127.0.0.1]:80"sv, "127.0.0.1:80 "sv,
        "1.2.3:80"sv, "127.0.0.1\0:80"sv})
    EXPECT_FALSE(parse_listen_address(text)) << text;
}

}  // namespace
}  // namespace pawfect
