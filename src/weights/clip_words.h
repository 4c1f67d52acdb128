// How CLIP takes text apart before the byte pairs: clean-up and words. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pawfect {

inline constexpr std::string_view kClipStart = "<|startoftext|>";
inline constexpr std::string_view kClipEnd = "<|endoftext|>";

// The text in normal form C and lower case; broken UTF-8 became U+FFFD.
std::u32string clip_cleaned(std::string_view text);

// The words of cleaned text, views into it: what the pattern
//   <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
// finds from left to right; white space is no part of any. The names of the special tokens, which
// only text that was written in capitals still holds here, fall into "<|", letters and "|>": the
// reference's byte-level step takes them apart again.
std::vector<std::u32string_view> clip_words(std::u32string_view cleaned);

}  // namespace pawfect
