// The two text files of a byte-pair vocabulary in Hugging Face's form: vocab.json, an object from
// pieces to ids, and merges.txt, one "LEFT RIGHT" a line in the order of rank. Both are untrusted.
// Pure functions; `name` stands for the file in messages, errors are kModelMissing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "weights/bpe.h"

namespace pawfect {

// The hash of strings and views alike, so that looking up copies nothing.
struct PieceHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view piece) const {
    return std::hash<std::string_view>{}(piece);
  }
};

using PieceIds = std::unordered_map<std::string, std::int32_t, PieceHash, std::equal_to<>>;

// The id of a piece; empty when there is none.
std::optional<std::int32_t> find_piece(const PieceIds& ids, std::string_view piece);

// The pieces of a vocab.json. Errors: not one flat JSON object of whole numbers, an empty or
// repeated piece, ids that are not 0 .. n-1, each once.
Result<PieceIds> parse_vocabulary(std::string_view json, std::string_view name);

// The two halves of a line; views into the text that was parsed.
struct MergeLine {
  std::string_view left;
  std::string_view right;
  std::size_t line = 0;  // counted from 1
};

// The first `max_count` merges of a merges.txt. A first line with "#version:" is no merge. Errors:
// an empty line before the end, a line that is not two pieces with one space between.
Result<std::vector<MergeLine>> parse_merges(
    std::string_view text, std::string_view name,
    std::size_t max_count = std::numeric_limits<std::size_t>::max());

// The merges as rules between ids. Errors: a line whose halves or whose joined piece `ids` lacks, a
// pair that stands twice.
Result<std::vector<MergeRule>> merge_rules(const std::vector<MergeLine>& lines, const PieceIds& ids,
                                           std::string_view name);

}  // namespace pawfect
