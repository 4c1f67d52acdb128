#include "jobs/job_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "jobs/test_jobs.h"

namespace pawfect {
namespace {

using Json = nlohmann::ordered_json;
using fakes::job_message;
using testing::HasSubstr;

// The good message with one member set to what `value` says.
std::string with(const std::string& key, const Json& value) {
  Json json = Json::parse(to_text(job_message()));
  json[key] = value;
  return json.dump();
}

std::string refusal(const std::string& text) {
  const auto read = parse_job_message(text);
  if (read) return "taken";
  EXPECT_EQ(read.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(read.error().message.find('\n'), std::string::npos);
  return read.error().message;
}

TEST(JobMessage, IsWrittenAsTheDocumentSays) {
  EXPECT_EQ(to_text(job_message()),
            R"({"v":1,"jobId":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
            R"("sessionId":"55555555555555555555555555555555",)"
            R"("image":"sessions/55/image","mask":"sessions/55/mask.png",)"
            R"("options":{"engine":"texture","seed":7},"enqueuedAt":1700000000000,)"
            R"("attempt":0,"labelAttempt":0,"labelDeadline":1700000090000})");
}

TEST(JobMessage, ReadsBackAsItself) {
  JobMessage message = job_message();
  EXPECT_EQ(parse_job_message(to_text(message)).value(), message);
  message.options =
      R"({"prompt":"Gras \u0001 \"ö\"","guidance":2.5,"list":[1,-2,1e300,null,true]})";
  message.options = Json::parse(message.options).dump();
  message.attempt = 4;
  message.label_attempt = 3;
  message.label_deadline = message.enqueued_at;
  EXPECT_EQ(parse_job_message(to_text(message)).value(), message);
}

TEST(JobMessage, PassesOverMembersOfOtherPeopleAndDoesNotWriteThemBack) {
  const auto read = parse_job_message(with("colour", "red"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_text(*read), to_text(job_message()));
}

TEST(JobMessage, RefusesAVersionThatItDoesNotKnow) {
  EXPECT_EQ(refusal(with("v", 2)),
            "job message: v: found 2; this program reads 1; upgrade the workers before what sends");
  EXPECT_THAT(refusal(with("v", 0)), HasSubstr("found 0"));
  EXPECT_THAT(refusal(with("v", "1")), HasSubstr(R"(v: found "1"; allowed: a whole number)"));
}

TEST(JobMessage, NeedsEveryMember) {
  const Json good = Json::parse(to_text(job_message()));
  for (const auto& [key, unused] : good.items()) {
    Json json = good;
    json.erase(key);
    EXPECT_THAT(refusal(json.dump()), HasSubstr(key + ": found nothing"));
  }
}

TEST(JobMessage, RefusesIdsThatDoNotHaveThePattern) {
  const std::string digits(32, 'a');
  for (const std::string& id :
       {std::string(), digits + "a", digits.substr(1), std::string(32, 'A'), std::string(32, 'g'),
        "../" + digits.substr(3), digits.substr(1) + std::string(1, '\0'), digits + "\n"}) {
    EXPECT_THAT(refusal(with("jobId", id)), HasSubstr("32 lower-case hexadecimal digits")) << id;
    EXPECT_THAT(refusal(with("sessionId", id)), HasSubstr("sessionId: found")) << id;
  }
  EXPECT_THAT(refusal(with("jobId", 5)), HasSubstr("jobId: found 5"));
}

TEST(JobMessage, RefusesNamesThatCouldLeaveTheStore) {
  for (const std::string& name :
       {std::string(), std::string("/etc/passwd"), std::string("a/../b"), std::string("a//b"),
        std::string("a/"), std::string("a/.hidden"), std::string("a\\b"), std::string("A"),
        std::string("a%2e"), std::string("a\0b", 3), std::string("file:x"), std::string(201, 'a'),
        std::string("1/2/3/4/5/6/7/8/9"), std::string("\xC3\xB6")}) {
    EXPECT_EQ(blob_name(name), std::nullopt) << name;
    EXPECT_THAT(refusal(with("image", name)), HasSubstr("image: found")) << name;
    EXPECT_THAT(refusal(with("mask", name)), HasSubstr("mask: found")) << name;
  }
  EXPECT_EQ(blob_name("1/2/3/4/5/6/7/x-y_z.png"), "1/2/3/4/5/6/7/x-y_z.png");
}

TEST(JobMessage, RefusesNumbersThatAreNotWholeOrOutOfRange) {
  for (const Json& value :
       {Json(-1), Json(1.0), Json("1"), Json(true), Json(nullptr), Json(101), Json(UINT64_MAX)}) {
    EXPECT_THAT(refusal(with("attempt", value)), HasSubstr("attempt: found " + value.dump()));
    EXPECT_THAT(refusal(with("labelAttempt", value)), HasSubstr("labelAttempt: found"));
  }
  EXPECT_THAT(refusal(with("enqueuedAt", -1)), HasSubstr("enqueuedAt: found -1"));
  EXPECT_THAT(refusal(with("enqueuedAt", 253'402'300'800'000)), HasSubstr("enqueuedAt: found"));
}

TEST(JobMessage, RefusesALabelDeadlineBeforeTheStartOrADayAfter) {
  EXPECT_THAT(refusal(with("labelDeadline", 1'699'999'999'999)),
              HasSubstr("labelDeadline: found 1699999999999; allowed: a whole number, "
                        "1700000000000 to 1700086400000"));
  EXPECT_THAT(refusal(with("labelDeadline", 1'700'086'400'001)), HasSubstr("labelDeadline: found"));
}

TEST(JobMessage, RefusesWhatIsTooLongTooDeepOrThereTwice) {
  EXPECT_THAT(refusal(std::string(JobMessage::kMostBytes + 1, ' ')),
              HasSubstr("16385 bytes; allowed are at most 16384"));
  EXPECT_THAT(
      refusal(with("options", {{"prompt", std::string(JobMessage::kMostOptionBytes, 'x')}})),
      HasSubstr("options: found 8205 bytes; allowed: at most 8192"));
  Json deep = 1;
  for (int i = 0; i < 8; ++i) deep = Json{{"x", deep}};
  EXPECT_THAT(refusal(with("options", deep)), HasSubstr("over 8 levels deep"));
  EXPECT_THAT(refusal(R"({"v":1,"v":1})"), HasSubstr(R"("v" stands there twice)"));
  EXPECT_THAT(refusal(std::string(16'000, '[')), HasSubstr("over 8 levels deep"));
}

TEST(JobMessage, RefusesWhatIsNoObject) {
  EXPECT_THAT(refusal(""), HasSubstr("it is no JSON"));
  EXPECT_THAT(refusal("{"), HasSubstr("it is no JSON"));
  EXPECT_THAT(refusal(to_text(job_message()) + "x"), HasSubstr("it is no JSON"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("found [1]; allowed is an object"));
  EXPECT_THAT(refusal(with("options", "{}")),
              HasSubstr("options: found \"{}\"; allowed: an object"));
  EXPECT_THAT(refusal("{\"v\":\"\xFF\"}"), HasSubstr("it is no JSON"));
}

}  // namespace
}  // namespace pawfect
