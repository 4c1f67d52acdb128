#include "base/suggest.h"

#include <algorithm>
#include <vector>

namespace pawfect {

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the usual table: two back (for swaps), one back, and the current one.
  std::vector<int> two_back;
  std::vector<int> one_back(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) one_back[j] = int(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<int> row(b.size() + 1);
    row[0] = int(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = one_back[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, one_back[j] + 1, row[j - 1] + 1});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
    two_back = std::move(one_back);
    one_back = std::move(row);
  }
  return one_back.back();
}

std::string nearest_word(std::string_view typed, std::span<const std::string> known) {
  std::string nearest;
  int fewest = 0;
  for (const std::string& word : known) {
    const int edits = edit_distance(typed, word);
    const int allowed = std::max(1, int(word.size()) / 3);
    // A beginning counts as meant ("--over" for "--overlay").
    const bool is_meant = edits <= allowed || (typed.size() >= 4 && word.starts_with(typed));
    if (is_meant && (nearest.empty() || edits < fewest)) {
      nearest = word;
      fewest = edits;
    }
  }
  return nearest;
}

}  // namespace pawfect
