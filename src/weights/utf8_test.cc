#include "weights/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace pawfect {
namespace {

using namespace std::string_literals;

TEST(Utf8, ReadsCharactersOfEveryLength) {
  EXPECT_EQ(code_points("a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x90\x95"), U"a\u00E9\u65E5\U0001F415");
  EXPECT_EQ(code_points("\0x"s), U"\0x"s);
}

TEST(Utf8, WritesWhatItReads) {
  for (const char32_t point :
       {0x00u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string bytes;
    append_utf8(bytes, point);
    EXPECT_TRUE(is_utf8(bytes)) << std::hex << std::uint32_t(point);
    EXPECT_EQ(code_points(bytes), std::u32string(1, point));
  }
}

// Python: bytes.decode("utf-8", "replace").
TEST(Utf8, ReplacesEveryBrokenPartOnce) {
  EXPECT_EQ(code_points("\xFF"), U"\uFFFD");
  EXPECT_EQ(code_points("\x80\x80"), U"\uFFFD\uFFFD");
  EXPECT_EQ(code_points("a\xE6\x97"), U"a\uFFFD");                // cut at the end
  EXPECT_EQ(code_points("\xE6\x97z"), U"\uFFFDz");                // cut within
  EXPECT_EQ(code_points("\xC0\xAF"), U"\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(code_points("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(code_points("\xF4\x90\x80\x80"), U"\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(code_points("\xF0\x9F\x90"
                        "a"),
            U"\uFFFD"
            U"a");
}

TEST(Utf8, TellsBrokenTextFromWhole) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("caf\xC3\xA9"));
  EXPECT_FALSE(is_utf8("caf\xC3"));
  EXPECT_FALSE(is_utf8("\xED\xBF\xBF"));
  EXPECT_EQ(repaired_utf8("a\xFF"), "a\xEF\xBF\xBD");
}

TEST(Utf8, CutsBetweenCharactersOnly) {
  const std::string text = "a\xE6\x97\xA5z";
  EXPECT_EQ(utf8_prefix(text, 9), text);
  EXPECT_EQ(utf8_prefix(text, 4), text.substr(0, 4));
  EXPECT_EQ(utf8_prefix(text, 3), "a");
  EXPECT_EQ(utf8_prefix(text, 2), "a");
  EXPECT_EQ(utf8_prefix(text, 0), "");
}

TEST(Utf8, CutsTextWithoutAnyCharacterSomewhere) {
  EXPECT_EQ(utf8_prefix(std::string(100, '\x80'), 50).size(), 50u);
}

}  // namespace
}  // namespace pawfect
