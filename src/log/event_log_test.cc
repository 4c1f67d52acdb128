#include "log/event_log.h"

#include <gtest/gtest.h>

namespace pawfect {
namespace {

TEST(EventLog, WritesAnEventWithItsFieldsOnOneLine) {
  EXPECT_EQ(EventLog::line("job_done", {{"job", "ab12"}, {"run_ms", 12}, {"late", false}},
                           LogFormat::kText),
            "job_done job=ab12 run_ms=12 late=false");
}

TEST(EventLog, WritesTheSameAsTheRestOfAJsonObject) {
  EXPECT_EQ(EventLog::line("job_done", {{"job", "ab12"}, {"run_ms", 1.5}}, LogFormat::kJson),
            R"("event":"job_done","job":"ab12","run_ms":1.5})");
}

TEST(EventLog, LetsNothingFromOutsideBeginALineOrAField) {
  const std::string line =
      EventLog::line("refused", {{"reason", "a\nb=1 \"c\" \x1b[31m"}}, LogFormat::kText);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line, "refused reason=\"a\\nb=1 \\\"c\\\" \\u001b[31m\"");
}

TEST(EventLog, QuotesAnEmptyText) {
  EXPECT_EQ(EventLog::line("x", {{"why", ""}}, LogFormat::kText), "x why=\"\"");
}

TEST(EventLog, RefusesALevelThatDoesNotExist) {
  const auto log = EventLog::to_stderr("loud", LogFormat::kText);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace pawfect
