#include "weights/charsmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "weights/utf8.h"

namespace pawfect {
namespace {

// The blob (sentencepiece, normalizer.cc, DecodePrecompiledCharsMap): 4 bytes of length, a trie of
// that length, then the replacements, each ended by NUL.
//
// The trie is a double array of 32-bit units (darts-clone, darts.h). From the node at `base`, the
// byte c leads to the unit at base ^ c, which belongs to it when its label is c; the child's own
// base is base ^ c ^ offset. When the unit says so, the unit at the child's base is a leaf: its
// value is the place of the replacement.
struct Unit {
  std::uint32_t bits;

  std::uint32_t label() const { return bits & 0x8000'00FFu; }  // of a leaf: never a byte
  std::uint32_t offset() const { return (bits >> 10) << ((bits & 0x200u) >> 6); }
  bool has_leaf() const { return (bits >> 8 & 1) != 0; }
  std::uint32_t value() const { return bits & 0x7FFF'FFFFu; }
};

class Trie {
 public:
  explicit Trie(std::string_view bytes) : bytes_(bytes) {}

  std::size_t size() const { return bytes_.size() / 4; }
  Unit at(std::size_t place) const {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      bits |= std::uint32_t{static_cast<unsigned char>(bytes_[place * 4 + i])} << (8 * i);
    }
    return {bits};
  }

 private:
  std::string_view bytes_;
};

// The library keeps 32 matches at one place but counts on (normalizer.cc, kMaxTrieResultsSize).
constexpr int kMostMatches = 32;
constexpr std::size_t kLongestReplacement = 256;

// Walks everything that can be reached from the root, depth first and without recursion. Parts of
// the trie may be shared, so every node is walked once; a ring would let a match go on for ever.
class Walk {
 public:
  Walk(Trie trie, std::string_view replacements)
      : trie_(trie), replacements_(replacements), matches_(trie.size(), kUnseen) {}

  // Empty when all is well, else what is wrong.
  std::string_view judge() {
    if (!enter(trie_.at(0).offset(), false)) return trouble_;
    while (!path_.empty()) {
      Step& step = path_.back();
      if (step.next_byte > 0xFF) {
        leave();
        if (!trouble_.empty()) return trouble_;
        continue;
      }
      const std::uint32_t byte = step.next_byte++;
      const std::size_t place = step.base ^ byte;
      const Unit unit = trie_.at(place);
      if (unit.label() != byte) continue;
      const std::size_t child = place ^ unit.offset();
      if (!enter(child, unit.has_leaf())) return trouble_;
    }
    return {};
  }

 private:
  static constexpr std::int8_t kUnseen = -1;
  static constexpr std::int8_t kOnPath = -2;

  struct Step {
    std::size_t base;
    std::uint32_t next_byte;
    int below;  // most matches along any way down from here
    bool is_match;
  };

  bool refuse(std::string_view why) {
    trouble_ = why;
    return false;
  }

  bool enter(std::size_t base, bool is_match) {
    if ((base | 0xFF) >= trie_.size()) return refuse("a step of its trie leads outside");
    if (is_match && !is_replacement(trie_.at(base).value())) {
      return refuse("a replacement lies outside, is too long or is not UTF-8");
    }
    const std::int8_t known = matches_[base];
    if (known == kOnPath) return refuse("its trie has a ring");
    if (known != kUnseen) {
      count_below(known + int{is_match});
      return true;
    }
    matches_[base] = kOnPath;
    path_.push_back({base, 0, 0, is_match});
    return true;
  }

  void leave() {
    const Step done = path_.back();
    path_.pop_back();
    if (done.below > kMostMatches) {
      refuse("its trie has more than 32 matches in one another");
      return;
    }
    matches_[done.base] = std::int8_t(done.below);
    count_below(done.below + int{done.is_match});
  }

  void count_below(int matches) {
    if (!path_.empty()) path_.back().below = std::max(path_.back().below, matches);
  }

  bool is_replacement(std::size_t place) const {
    const std::size_t end = replacements_.find('\0', place);
    if (place >= replacements_.size() || end == std::string_view::npos) return false;
    return end - place <= kLongestReplacement && is_utf8(replacements_.substr(place, end - place));
  }

  Trie trie_;
  std::string_view replacements_;
  std::vector<std::int8_t> matches_;  // by base, below that node, or one of the two marks
  std::vector<Step> path_;
  std::string_view trouble_;
};

}  // namespace

Result<void> check_charsmap(std::string_view charsmap, std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the normalisation table (precompiled charsmap) is damaged: {}; "
                            "fetch the file again",
                            name, why));
  };
  constexpr std::size_t kBlock = 256 * 4;  // the trie grows by blocks of 256 units
  if (charsmap.size() < 4) return refuse("it has no length");
  const std::size_t length = Trie(charsmap).at(0).bits;
  charsmap.remove_prefix(4);
  if (length == 0 || length % kBlock != 0) return refuse("its trie is no whole number of blocks");
  if (length >= charsmap.size()) return refuse("its trie is longer than the table");
  const std::string_view trouble =
      Walk(Trie(charsmap.substr(0, length)), charsmap.substr(length)).judge();
  if (!trouble.empty()) return refuse(trouble);
  return {};
}

}  // namespace pawfect
