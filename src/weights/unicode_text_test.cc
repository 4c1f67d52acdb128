#include "weights/unicode_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

namespace pawfect {
namespace {

void expect_kind(std::u32string_view characters, CharacterKind kind) {
  for (const char32_t point : characters) EXPECT_EQ(kind_of(point), kind) << std::uint32_t(point);
}

TEST(UnicodeText, KnowsLettersNumbersAndSpaces) {
  expect_kind(U"aZ\u00E9\u00DF\u0131\u03A3\u65E5\uD55C\u0E2B\u02B0\u01C5", CharacterKind::kLetter);
  expect_kind(U"09\u00B2\u00BD\u216B\u2460\u0663", CharacterKind::kNumber);
  expect_kind(U" \t\n\r\v\f\u0085\u00A0\u1680\u2003\u2028\u202F\u205F\u3000",
              CharacterKind::kSpace);
  expect_kind(U"_-'<\a\u0301\u200B\u200D\u180E\uFEFF\uFFFD\U0001F415\U000E0001",
              CharacterKind::kOther);
  expect_kind(std::u32string_view(U"\0\U0010FFFF", 2), CharacterKind::kOther);
}

TEST(UnicodeText, LowersEveryCharacterByItself) {
  EXPECT_EQ(lower_case(U"GRASS \u00DC\u0416 1"), U"grass \u00FC\u0436 1");
  EXPECT_EQ(lower_case(U"\u039F\u03A3"), U"\u03BF\u03C3");  // not the final sigma
  EXPECT_EQ(lower_case(U"\u0130"), U"i\u0307");
  EXPECT_EQ(lower_case(U"\u00DF\u1E9E"), U"\u00DF\u00DF");
}

TEST(UnicodeText, ComposesToNormalFormC) {
  EXPECT_EQ(composed("cafe\xCC\x81"), "caf\xC3\xA9");
  EXPECT_EQ(composed("\xE2\x84\xAB"), "\xC3\x85");                  // Angstrom sign
  EXPECT_EQ(composed("\xE1\x84\x92\xE1\x85\xA1"), "\xED\x95\x98");  // Hangul
  EXPECT_EQ(composed("a\xCC\x82\xCC\xA3"), "\xE1\xBA\xAD");         // marks put in order
  EXPECT_EQ(composed("\xEF\xAC\x81"), "\xEF\xAC\x81");              // no compatibility forms
  EXPECT_EQ(composed(std::string("a\0\xC3\xA9", 4)), std::string("a\0\xC3\xA9", 4));
}

}  // namespace
}  // namespace pawfect
