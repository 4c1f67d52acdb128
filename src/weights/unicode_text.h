// What the byte-pair tokenizers need to know of Unicode: classes of characters, lower case and
// normal form C. The tables are those of the utf8proc library (Unicode 14 or later): small, in
// every distribution, and without the locale and data files that ICU brings. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pawfect {

enum class CharacterKind : std::uint8_t {
  kLetter,  // \p{L}
  kNumber,  // \p{N}
  kSpace,   // \s, the property White_Space
  kOther,
};

CharacterKind kind_of(char32_t point);

// Every character's own lower case (Unicode's full mapping, but without its rules about
// neighbours: a final sigma is an ordinary sigma), as Rust's char::to_lowercase, which the
// reference tokenizer uses.
std::u32string lower_case(std::u32string_view text);

// Normal form C. `utf8` must be valid UTF-8; no error is possible then but lack of memory, for
// which std::bad_alloc is thrown.
std::string composed(std::string_view utf8);

}  // namespace pawfect
