#include "weights/bpe.h"

#include <functional>
#include <queue>
#include <tuple>

namespace pawfect {
namespace {

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
  return std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
}

// A piece in the word: a link of a chain from left to right, so that joining moves nothing.
struct Link {
  std::int32_t piece;
  int previous;
  int next;
};

constexpr int kNone = -1;
constexpr std::int32_t kGone = -1;  // the piece of a link that was joined to its left neighbour

// A pair that could be joined when it was found. It is out of date when one of its pieces has
// changed since.
struct Candidate {
  std::int32_t rank;
  int place;  // of the left link
  std::int32_t left;
  std::int32_t right;

  bool operator>(const Candidate& other) const {
    return std::tie(rank, place) > std::tie(other.rank, other.place);
  }
};

}  // namespace

BytePairMerges::BytePairMerges(std::span<const MergeRule> rules) {
  rules_.reserve(rules.size());
  std::int32_t rank = 0;
  for (const MergeRule& rule : rules) {
    rules_.try_emplace(pair_key(rule.left, rule.right), Target{rank++, rule.joined});
  }
}

const BytePairMerges::Target* BytePairMerges::find(std::int32_t left, std::int32_t right) const {
  const auto found = rules_.find(pair_key(left, right));
  return found == rules_.end() ? nullptr : &found->second;
}

void BytePairMerges::apply(std::vector<std::int32_t>& pieces) const {
  const int count = int(pieces.size());
  std::vector<Link> links(pieces.size());
  for (int i = 0; i < count; ++i) links[i] = {pieces[i], i - 1, i + 1 < count ? i + 1 : kNone};

  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int place) {
    if (place == kNone || links[place].next == kNone) return;
    const std::int32_t left = links[place].piece;
    const std::int32_t right = links[links[place].next].piece;
    if (const Target* target = find(left, right)) queue.push({target->rank, place, left, right});
  };
  for (int i = 0; i + 1 < count; ++i) consider(i);

  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Link& left = links[best.place];
    if (left.piece != best.left || left.next == kNone) continue;
    Link& right = links[left.next];
    if (right.piece != best.right) continue;

    left.piece = find(best.left, best.right)->joined;
    right.piece = kGone;
    left.next = right.next;
    if (left.next != kNone) links[left.next].previous = best.place;
    consider(left.previous);
    consider(best.place);
  }

  pieces.clear();
  for (const Link& link : links) {
    if (link.piece != kGone) pieces.push_back(link.piece);
  }
}

}  // namespace pawfect
