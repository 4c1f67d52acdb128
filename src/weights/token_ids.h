// What every tokenizer gives and what it takes at most. Value type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pawfect {

// A text longer than this is cut (and said to be truncated) before it is looked at: no encoder
// takes that many tokens, and work on hostile text stays bounded.
inline constexpr std::size_t kMaxPromptBytes = 16 * 1024;

struct TokenIds {
  std::vector<std::int32_t> ids;
  bool truncated = false;  // some of the text is not among the ids
};

}  // namespace pawfect
