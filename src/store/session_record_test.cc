#include "store/session_record.h"

#include <gtest/gtest.h>

#include <string>

#include "jobs/test_jobs.h"
#include "store/test_session.h"

namespace pawfect {
namespace {

// The text of a session with one piece of it replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = to_text(fakes::session_record());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return text.replace(at, from.size(), to);
}

std::string trouble(const std::string& text) {
  const auto record = parse_session_record(text);
  if (record) return "it was read";
  EXPECT_EQ(record.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(record.error().message.find('\n'), std::string::npos);
  return record.error().message;
}

TEST(ASessionRecord, ReadsBackAsItself) {
  SessionRecord record = fakes::session_record();
  EXPECT_EQ(parse_session_record(to_text(record)).value(), record);
  record.labels.reset();
  record.jobs.clear();
  record.owner = "Fellgr\u00f6\u00dfe \u72ac";
  record.is_expired = true;
  EXPECT_EQ(parse_session_record(to_text(record)).value(), record);
  record.labels.emplace();
  EXPECT_EQ(parse_session_record(to_text(record)).value(), record);
  EXPECT_EQ(to_text(record).find('\n'), std::string::npos);
}

TEST(ASessionRecord, ReadsBackAsItselfWhenItIsFull) {
  SessionRecord record = fakes::session_record();
  record.jobs.assign(SessionRecord::kMostJobs, fakes::job_id('7'));
  record.owner = std::string(200, '\x01');  // six bytes each in JSON
  record.labels->labels.assign(64, {std::string(200, '\x01'), 1.0 / 3, 2.0 / 3});
  EXPECT_EQ(parse_session_record(to_text(record)).value(), record);
}

TEST(ASessionRecord, PassesOverMembersThatItDoesNotKnow) {
  EXPECT_EQ(parse_session_record(changed("{", R"({"new":[1],)")).value(), fakes::session_record());
}

TEST(ASessionRecord, RefusesWhatIsNone) {
  struct Case {
    std::string from, to, named;
  };
  for (const auto& [from, to, named] : {
           Case{"{", "", "no JSON"},
           Case{R"("v":1)", R"("v":2)", "session: v: found 2"},
           Case{R"("v":1)", R"("v":1,"v":1)", "twice"},
           Case{R"("width":400)", R"("width":0)", "width: found 0"},
           Case{R"("width":400)", R"("width":400.5)", "width"},
           Case{R"("width":400)", R"("width":99999999999999999999)", "width"},
           Case{R"("width":400,)", "", "width: found nothing"},
           Case{R"("isExpired":false)", R"("isExpired":0)", "isExpired: found 0"},
           Case{R"("container":"JPEG")", R"("container":"GIF")", "JPEG, PNG, WebP or TIFF"},
           Case{R"("photo":"sessions)", R"("photo":"../sessions)", "photo"},
           Case{R"("sessionId":"5)", R"("sessionId":"X)", "sessionId"},
           Case{R"("jobs":[")", R"("jobs":[7,")", "jobs: found 7"},
           Case{R"("jobs":[")", R"("jobs":["7",")", "jobs"},
           Case{R"("score":0.75)", R"("score":1.5)", "score: found 1.5"},
           Case{R"("labels":[)", R"("labels":[1,)", "sceneLabels.labels: found 1"},
           Case{R"("sceneLabels":{)", R"("sceneLabels":[],"x":{)", "sceneLabels"},
           Case{R"("model":")", R"("model":null,"x":")", "sceneLabels: model"},
       }) {
    const std::string said = trouble(changed(from, to));
    EXPECT_NE(said.find(named), std::string::npos) << from << " -> " << to << ": " << said;
  }
}

TEST(ASessionRecord, HasLimitsOfItsLists) {
  SessionRecord record = fakes::session_record();
  record.jobs.assign(SessionRecord::kMostJobs + 1, fakes::job_id('7'));
  EXPECT_NE(trouble(to_text(record)).find("jobs"), std::string::npos);
  record = fakes::session_record();
  record.labels->labels.assign(65, {"grass", 0, 0});
  EXPECT_NE(trouble(to_text(record)).find("labels"), std::string::npos);
  EXPECT_NE(trouble(std::string(300 * 1024, ' ')).find("bytes"), std::string::npos);
}

}  // namespace
}  // namespace pawfect
