#include "weights/clip_words.h"

#include <array>
#include <cstddef>

#include "weights/unicode_text.h"
#include "weights/utf8.h"

namespace pawfect {
namespace {

// What the pattern names literally, in its order; the first that fits is taken.
constexpr std::array<std::u32string_view, 2> kSpecials = {U"<|startoftext|>", U"<|endoftext|>"};
constexpr std::array<std::u32string_view, 7> kEndings = {U"'s", U"'t",  U"'re", U"'ve",
                                                         U"'m", U"'ll", U"'d"};

std::size_t word_length(std::u32string_view text) {
  for (const auto ending : kEndings) {
    if (text.starts_with(ending)) return ending.size();
  }
  const CharacterKind kind = kind_of(text.front());
  if (kind == CharacterKind::kNumber) return 1;
  std::size_t length = 1;
  while (length < text.size() && kind_of(text[length]) == kind) ++length;
  return length;
}

// The length of the special token's name that starts the text, 0 when there is none.
std::size_t special_length(std::u32string_view text) {
  for (const auto special : kSpecials) {
    if (text.starts_with(special)) return special.size();
  }
  return 0;
}

}  // namespace

std::u32string clip_cleaned(std::string_view text) {
  return lower_case(code_points(composed(repaired_utf8(text))));
}

std::vector<std::u32string_view> clip_words(std::u32string_view cleaned) {
  std::vector<std::u32string_view> out;
  while (!cleaned.empty()) {
    if (kind_of(cleaned.front()) == CharacterKind::kSpace) {
      cleaned.remove_prefix(1);
      continue;
    }
    if (const std::size_t length = special_length(cleaned); length > 0) {
      out.push_back(cleaned.substr(0, 2));
      out.push_back(cleaned.substr(2, length - 4));
      out.push_back(cleaned.substr(length - 2, 2));
      cleaned.remove_prefix(length);
      continue;
    }
    const std::size_t length = word_length(cleaned);
    out.push_back(cleaned.substr(0, length));
    cleaned.remove_prefix(length);
  }
  return out;
}

}  // namespace pawfect
