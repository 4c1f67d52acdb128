#include "store/s3_xml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pawfect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "a/b=text" for each element that ends.
class Ends : public S3XmlVisitor {
 public:
  Result<void> begin(Path) override { return {}; }
  Result<void> end(Path path, const std::string& text) override {
    seen.push_back(fmt::format("{}={}", fmt::join(path, "/"), text));
    return {};
  }
  std::vector<std::string> seen;
};

std::vector<std::string> ends(std::string_view text) {
  Ends visitor;
  const auto read = visit_s3_xml(text, visitor);
  if (!read) return {read.error().message};
  return visitor.seen;
}

std::string problem(std::string_view text) {
  Ends visitor;
  const auto read = visit_s3_xml(text, visitor);
  return read ? "it was read" : read.error().message;
}

TEST(S3Xml, GivesElementsWithTheirTextAsTheyEnd) {
  EXPECT_THAT(ends("<?xml version='1.0'?>\n<a x=\"1\" y = '2'><b> t </b>\n<c/><d></d ></a>\n"),
              ElementsAre(HasSubstr("no attribute")));
  EXPECT_THAT(ends("<?xml version='1.0'?>\n<a x=\"1\" y='2'><b> t </b>\n<c/><d></d ></a>\n"),
              ElementsAre("a/b= t ", "a/c=", "a/d=", "a="));
}

TEST(S3Xml, ResolvesEntities) {
  EXPECT_THAT(ends("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#xe9;&#x20ac;&#x1F600;</a>"),
              ElementsAre("a=<>&\"'AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* text :
       {"<a>&nbsp;</a>", "<a>&</a>", "<a>&#0;</a>", "<a>&#x110000;</a>", "<a>&#xd800;</a>",
        "<a>&#;</a>", "<a>&#-1;</a>", "<a>&amp</a>", "<a>&a</a>;", "<a>&#99999999999;</a>"})
    EXPECT_THAT(problem(text), HasSubstr("an unknown entity")) << text;
}

TEST(S3Xml, RefusesWhatS3NeverSends) {
  EXPECT_THAT(problem("<!DOCTYPE a><a/>"), HasSubstr("no name of an element at byte 1"));
  EXPECT_THAT(problem("<a><!-- --></a>"), HasSubstr("no name of an element"));
  EXPECT_THAT(problem("<a><![CDATA[x]]></a>"), HasSubstr("no name of an element"));
  EXPECT_THAT(problem("<a><?x?></a>"), HasSubstr("no name of an element"));
  EXPECT_THAT(problem("<a>t<b/></a>"), HasSubstr("text beside elements"));
  EXPECT_THAT(problem("<a>\x01</a>"), HasSubstr("a control character"));
  EXPECT_THAT(problem("<a></b>"), HasSubstr("the end of another element"));
  EXPECT_THAT(problem("</a>"), HasSubstr("the end of another element"));
  EXPECT_THAT(problem("<a/><b/>"), HasSubstr("something behind the end"));
  EXPECT_THAT(problem("<a/>t"), HasSubstr("text outside"));
  EXPECT_THAT(problem("t<a/>"), HasSubstr("text outside"));
  EXPECT_THAT(problem("<a"), HasSubstr("no attribute and no end"));
  EXPECT_THAT(problem("<a x=\"<\"/>"), HasSubstr("no attribute and no end"));
  EXPECT_THAT(problem("<?xml <a/>"), HasSubstr("an XML declaration without an end"));
}

TEST(S3Xml, LevelsAreBounded) {
  std::string deep, ends_of_deep;
  for (std::size_t k = 0; k < S3XmlVisitor::kMostDepth; ++k) {
    deep += "<a>";
    ends_of_deep += "</a>";
  }
  EXPECT_EQ(ends(deep + ends_of_deep).size(), S3XmlVisitor::kMostDepth);
  EXPECT_THAT(problem(deep + "<a>"), HasSubstr("too many levels"));
}

TEST(S3Xml, TheCodeOfAnErrorIsShownWhenItLooksLikeOne) {
  EXPECT_EQ(
      s3_error_code("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Key>a</Key></Error>"),
      "NoSuchKey");
  EXPECT_EQ(s3_error_code("<Error><Code>SlowDown</Code><Message>cut o"), "SlowDown");
  EXPECT_EQ(s3_error_code("<Error><Code>no code\x1b[2J</Code></Error>"), "");
  EXPECT_EQ(s3_error_code("<Error><Code>" + std::string(65, 'A') + "</Code></Error>"), "");
  EXPECT_EQ(s3_error_code("<html><Code>A</Code></html>"), "");
  EXPECT_EQ(s3_error_code(""), "");
}

}  // namespace
}  // namespace pawfect
