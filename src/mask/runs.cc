#include "mask/runs.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

namespace pawfect {
namespace {

static_assert(std::endian::native == std::endian::little, "the byte order of the word scan");

constexpr std::uint64_t kLowBits = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

std::uint64_t load_word(const std::uint8_t* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// First column from x on that is not 0, or the row's length. Eight pixels at a time: most of a mask
// is empty.
int next_set(std::span<const std::uint8_t> row, int x) {
  const int width = int(row.size());
  for (; x + 8 <= width; x += 8) {
    if (const std::uint64_t word = load_word(&row[x])) return x + std::countr_zero(word) / 8;
  }
  while (x < width && row[x] == 0) ++x;
  return x;
}

// First column from x on that is 0, or the row's length. (w - 1) & ~w has the high bit of the first
// zero byte set and of no byte before it.
int next_clear(std::span<const std::uint8_t> row, int x) {
  const int width = int(row.size());
  for (; x + 8 <= width; x += 8) {
    const std::uint64_t word = load_word(&row[x]);
    if (const std::uint64_t zeros = (word - kLowBits) & ~word & kHighBits) {
      return x + std::countr_zero(zeros) / 8;
    }
  }
  while (x < width && row[x] != 0) ++x;
  return x;
}

// Union-find over run indices; the smaller index is the root, so that parts keep reading order.
class Forest {
 public:
  explicit Forest(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  int root(int node) {
    while (parent_[node] != node) {
      parent_[node] = parent_[parent_[node]];
      node = parent_[node];
    }
    return node;
  }

  void join(int a, int b) {
    a = root(a);
    b = root(b);
    if (a != b) parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<int> parent_;
};

void join_touching(std::span<const Run> runs, int reach, Forest& forest) {
  std::size_t above = 0;  // first run of the row above that may still touch
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    while (above < i && (runs[above].y < run.y - 1 ||
                         (runs[above].y == run.y - 1 && runs[above].end + reach <= run.begin))) {
      ++above;
    }
    for (std::size_t j = above; j < i; ++j) {
      if (runs[j].y != run.y - 1 || runs[j].begin >= run.end + reach) break;
      forest.join(int(i), int(j));
    }
  }
}

}  // namespace

std::optional<RunList> find_runs(const Mask& mask, std::size_t limit) {
  RunList runs;
  for (int y = 0; y < mask.height; ++y) {
    const auto row = mask.row(y);
    for (int x = next_set(row, 0); x < mask.width;) {
      if (runs.size() == limit) return std::nullopt;
      const int end = next_clear(row, x);
      runs.push_back({y, x, end});
      x = next_set(row, end);
    }
  }
  return runs;
}

RunList find_runs(const Mask& mask) {
  return find_runs(mask, std::numeric_limits<std::size_t>::max()).value_or(RunList{});
}

PixelRect bounding_box(std::span<const Run> runs) {
  PixelRect box;
  for (const Run& run : runs) box = bounding(box, {run.begin, run.y, run.end - run.begin, 1});
  return box;
}

PartList find_parts(std::span<const Run> runs, Neighbours neighbours) {
  Forest forest(runs.size());
  join_touching(runs, neighbours == Neighbours::k8 ? 1 : 0, forest);

  PartList list;
  list.part_of_run.resize(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const int root = forest.root(int(i));
    if (root == int(i)) {
      list.part_of_run[i] = int(list.parts.size());
      list.parts.emplace_back();
    } else {
      list.part_of_run[i] = list.part_of_run[root];
    }
    Part& part = list.parts[list.part_of_run[i]];
    part.box = bounding(part.box, {runs[i].begin, runs[i].y, runs[i].end - runs[i].begin, 1});
    part.pixels += runs[i].length();
  }
  return list;
}

}  // namespace pawfect
