#include "http/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pawfect::http {
namespace {

std::string path_of(std::string_view target) {
  const auto parsed = parse_target(target);
  return parsed ? parsed->path : std::to_string(parsed.error().status);
}

TEST(Target, GivesThePathItStandsFor) {
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/v1/jobs"), "/v1/jobs");
  EXPECT_EQ(path_of("/v1/jobs/"), "/v1/jobs/");
  EXPECT_EQ(path_of("//a"), "//a");
  EXPECT_EQ(path_of("/%41%c3%a4+b"), "/A\xc3\xa4+b");
  EXPECT_EQ(path_of("/a%2525"), "/a%25");
  EXPECT_EQ(path_of("/..."), "/...");
  EXPECT_EQ(path_of("/a..b"), "/a..b");
  EXPECT_EQ(path_of("http://host/a"), "/a");
  EXPECT_EQ(path_of("https://host:1/a?b"), "/a");
  EXPECT_EQ(path_of("http://host"), "/");
  EXPECT_EQ(path_of("http://host?a=/b"), "/");
  EXPECT_EQ(path_of("/a?b=/../c"), "/a");
}

TEST(Target, IsRefusedWhenItCouldMeanSomethingElse) {
  for (const std::string target : {"",
                                   "a",
                                   "*",
                                   "?a",
                                   "/%",
                                   "/%4",
                                   "/%4g",
                                   "/%00",
                                   "/%0a",
                                   "/%7f",
                                   "/a\x01",
                                   "/a%2fb",
                                   "/a%2Fb",
                                   "/a%5cb",
                                   "/a\\b",
                                   "/..",
                                   "/../a",
                                   "/a/..",
                                   "/a/./b",
                                   "/%2e",
                                   "/%2E%2e/a",
                                   "/%80",
                                   "/\x80",
                                   "/%c0%ae",
                                   "/%e0%80%ae",
                                   "/%f0%80%80%ae",
                                   "/%ed%a0%80",
                                   "/%f5%80%80%80",
                                   "/%f4%90%80%80",
                                   "/%c3",
                                   "/a#b",
                                   "/?%",
                                   "/?a=%zz",
                                   "/?%00",
                                   "/?a=%ff"}) {
    EXPECT_EQ(path_of(target), "400") << target;
  }
  EXPECT_EQ(path_of("/" + std::string(1999, 'a')).size(), 2000u);
  EXPECT_EQ(path_of("/" + std::string(2000, 'a')), "414");
}

TEST(Target, GivesTheMembersOfItsQuery) {
  const auto target = parse_target("/?a=b&c&&d=e=f&=g&%c3%a4=%26+%2B&a=2&");
  ASSERT_TRUE(target);
  const Texts expected = {{"a", "b"}, {"c", ""},           {"d", "e=f"},
                          {"", "g"},  {"\xc3\xa4", "& +"}, {"a", "2"}};
  EXPECT_EQ(target->query, expected);
}

TEST(Target, HasNoMoreMembersThanAreAllowed) {
  std::string query = "/?";
  for (int i = 0; i < 64; ++i) query += "a&";
  EXPECT_EQ(parse_target(query)->query.size(), 64u);
  EXPECT_EQ(path_of(query + "a"), "400");
}

TEST(Utf8, IsToldFromOtherBytes) {
  for (const char* text : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf",
                           "\xe1\x80", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf8\x88\x80\x80\x80", "\xff", "a\xbf"})
    EXPECT_FALSE(is_utf8(text)) << text;
}

}  // namespace
}  // namespace pawfect::http
