#include "store/nats_server_info.h"

#include <gtest/gtest.h>

#include <string>

namespace pawfect {
namespace {

TEST(NatsServerInfo, FindsTheVersionInTheLine) {
  EXPECT_EQ(version_in_info(R"(INFO {"server_id":"X","version":"2.15.1","proto":1} )"), "2.15.1");
}

TEST(NatsServerInfo, FindsNoneInOtherLines) {
  for (const std::string& line :
       {std::string(), std::string("HTTP/1.1 400 Bad Request"), std::string("INFO "),
        std::string("INFO []"), std::string("INFO {"), std::string("INFO {}"),
        std::string(R"(INFO {"version":2})"), std::string(R"(-ERR {"version":"2.15.1"})"),
        "INFO {\"version\":\"2.15.1\",\"x\":" + std::string(1000, '[') + "}"})
    EXPECT_FALSE(version_in_info(line)) << line;
}

TEST(NatsServerInfo, OrdersVersionsByTheirNumbers) {
  EXPECT_TRUE(is_older("2.10.22", "2.10.23"));
  EXPECT_TRUE(is_older("2.9.25", "2.10.23"));
  EXPECT_TRUE(is_older("2.10.23", "2.11.0"));
  EXPECT_FALSE(is_older("2.10.23", "2.10.23"));
  EXPECT_FALSE(is_older("2.15.1", "2.10.23"));
  EXPECT_FALSE(is_older("3.0.0-beta", "2.10.23"));
  EXPECT_TRUE(is_older("", "2.10.23"));
  EXPECT_TRUE(is_older("new", "2.10.23"));
  EXPECT_TRUE(is_older("2", "2.10.23"));
}

}  // namespace
}  // namespace pawfect
