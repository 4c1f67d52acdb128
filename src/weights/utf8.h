// UTF-8 in and out of code points, for text and vocabularies from outside. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pawfect {

// The code points of `text`. What is not UTF-8 becomes U+FFFD, one for every longest start of a
// sequence that could have been valid (Unicode 15, section 3.9, table 3-8; Python's "replace").
std::u32string code_points(std::string_view text);

// Appends one code point (a scalar value: at most U+10FFFF, no surrogate).
void append_utf8(std::string& out, char32_t point);

bool is_utf8(std::string_view text);

// `text` with every broken part replaced as code_points() does; then it is valid UTF-8.
std::string repaired_utf8(std::string_view text);

// The longest start of `text` with at most `max_bytes` bytes that does not end within a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

}  // namespace pawfect
