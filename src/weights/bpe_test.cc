#include "weights/bpe.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pawfect {
namespace {

using Pieces = std::vector<std::int32_t>;

Pieces merged(const BytePairMerges& merges, Pieces pieces) {
  merges.apply(pieces);
  return pieces;
}

TEST(BytePairMerges, JoinsByRankNotByPlace) {
  const MergeRule rules[] = {{2, 3, 10}, {1, 2, 11}};
  EXPECT_EQ(merged(BytePairMerges(rules), {1, 2, 3}), (Pieces{1, 10}));
}

TEST(BytePairMerges, JoinsWhatIsJoinedAlready) {
  const MergeRule rules[] = {{1, 2, 10}, {10, 3, 11}, {11, 11, 12}};
  EXPECT_EQ(merged(BytePairMerges(rules), {1, 2, 3, 1, 2, 3, 1}), (Pieces{12, 1}));
}

TEST(BytePairMerges, TakesTheLeftmostOfEqualPairs) {
  const MergeRule rules[] = {{1, 1, 10}};
  EXPECT_EQ(merged(BytePairMerges(rules), {1, 1, 1}), (Pieces{10, 1}));
  EXPECT_EQ(merged(BytePairMerges(rules), {1, 1, 1, 1, 1}), (Pieces{10, 10, 1}));
}

TEST(BytePairMerges, LeavesWordsWithoutPairsAlone) {
  const MergeRule rules[] = {{1, 2, 10}};
  EXPECT_EQ(merged(BytePairMerges(rules), {}), Pieces{});
  EXPECT_EQ(merged(BytePairMerges(rules), {1}), Pieces{1});
  EXPECT_EQ(merged(BytePairMerges(rules), {2, 1, 3}), (Pieces{2, 1, 3}));
  EXPECT_EQ(merged(BytePairMerges({}), {1, 2}), (Pieces{1, 2}));
}

TEST(BytePairMerges, CountsTheFirstOfTwoRulesForAPair) {
  const MergeRule rules[] = {{1, 2, 10}, {1, 2, 11}};
  EXPECT_EQ(merged(BytePairMerges(rules), {1, 2}), Pieces{10});
}

// The plain twin: look at all pairs, join the best, start again.
Pieces merged_plainly(const std::vector<MergeRule>& rules, Pieces pieces) {
  while (true) {
    std::size_t best_rule = rules.size();
    std::size_t best_place = 0;
    for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
      for (std::size_t r = 0; r < best_rule; ++r) {
        if (rules[r].left != pieces[i] || rules[r].right != pieces[i + 1]) continue;
        best_rule = r;
        best_place = i;
      }
    }
    if (best_rule == rules.size()) return pieces;
    pieces[best_place] = rules[best_rule].joined;
    pieces.erase(pieces.begin() + std::ptrdiff_t(best_place) + 1);
  }
}

TEST(BytePairMerges, AgreesWithThePlainWayOnRandomRulesAndWords) {
  std::mt19937 random(7);
  const auto below = [&](int n) { return int(random() % unsigned(n)); };
  for (int round = 0; round < 300; ++round) {
    std::vector<MergeRule> rules(12);
    for (int i = 0; i < 12; ++i) rules[i] = {below(4 + i), below(4 + i), 4 + i};
    Pieces word(std::size_t(below(40)));
    for (auto& piece : word) piece = below(4);
    EXPECT_EQ(merged(BytePairMerges(rules), word), merged_plainly(rules, word)) << round;
  }
}

TEST(BytePairMerges, MergesALongWordWhole) {
  std::vector<MergeRule> rules(16);
  for (int i = 0; i < 16; ++i) rules[i] = {i, i, i + 1};
  EXPECT_EQ(merged(BytePairMerges(rules), Pieces(65536, 0)), Pieces{16});
}

}  // namespace
}  // namespace pawfect
