// "Did you mean": the known word nearest to a mistyped one. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pawfect {

// Number of single-letter insertions, deletions, replacements and swaps of neighbours between two
// words (optimal string alignment distance).
int edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, or "" when none is near enough to be meant (more than a third of it
// differs).
std::string nearest_word(std::string_view typed, std::span<const std::string> known);

}  // namespace pawfect
