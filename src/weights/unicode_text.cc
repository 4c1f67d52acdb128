#include "weights/unicode_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace pawfect {
namespace {

// The property White_Space (Unicode's PropList.txt); it has not changed since Unicode 6.3.
bool is_space(char32_t point) {
  return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
         point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

struct Free {
  void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
};

}  // namespace

CharacterKind kind_of(char32_t point) {
  if (is_space(point)) return CharacterKind::kSpace;
  switch (utf8proc_category(utf8proc_int32_t(point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return CharacterKind::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharacterKind::kNumber;
    default:
      return CharacterKind::kOther;
  }
}

std::u32string lower_case(std::u32string_view text) {
  // The only character whose lower case is more than one character (SpecialCasing.txt).
  constexpr char32_t kDottedCapitalI = 0x130;
  constexpr char32_t kDotAbove = 0x307;
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t point : text) {
    if (point == kDottedCapitalI) {
      out += U'i';
      out += kDotAbove;
    } else {
      out += char32_t(utf8proc_tolower(utf8proc_int32_t(point)));
    }
  }
  return out;
}

std::string composed(std::string_view utf8) {
  const bool is_ascii = std::ranges::all_of(utf8, [](char c) { return (c & 0x80) == 0; });
  if (is_ascii) return std::string(utf8);
  utf8proc_uint8_t* raw = nullptr;
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): flags, meant to be combined.
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(utf8.data()),
                   utf8proc_ssize_t(utf8.size()), &raw, options);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(raw);
  if (length < 0) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(raw), std::size_t(length)};
}

}  // namespace pawfect
