// BytePairMerges: the heart of every byte-pair tokenizer. A word comes as a row of piece ids (one a
// byte at first); neighbours are joined by the rules, the earliest rule first, until none applies.
// Immutable after construction, safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace pawfect {

// The neighbours `left` and `right` become `joined`. All are ids of pieces, not negative.
struct MergeRule {
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::int32_t joined = 0;
};

class BytePairMerges {
 public:
  // The rank of a rule is its place; of two rules for the same pair the first counts.
  explicit BytePairMerges(std::span<const MergeRule> rules);

  // Joins the pieces of one word in place: again and again the pair of the lowest rank, the
  // leftmost of equals. Takes O(n log n) for n pieces.
  void apply(std::vector<std::int32_t>& pieces) const;

  std::size_t size() const { return rules_.size(); }

 private:
  struct Target {
    std::int32_t rank;
    std::int32_t joined;
  };
  const Target* find(std::int32_t left, std::int32_t right) const;

  std::unordered_map<std::uint64_t, Target> rules_;  // by both ids
};

}  // namespace pawfect
