#include "weights/t5_vocabulary.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <unordered_set>

#include "weights/charsmap.h"
#include "weights/printable.h"
#include "weights/utf8.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostTokens = 512 * 1024;  // T5 has 32 thousand, its largest kin 256 thousand
constexpr std::size_t kLongestToken = 1024;

std::unexpected<Error> refuse(const T5Vocabulary& vocabulary, std::string_view why) {
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: {}; give the tokenizer of a T5 encoder", vocabulary.source, why));
}

// What is wrong with one token; empty when nothing is.
std::string_view trouble_with(std::string_view token, float score, std::int32_t type) {
  if (token.empty()) return "is empty";
  if (token.size() > kLongestToken) return "is longer than 1 KiB";
  if (token.find('\0') != std::string_view::npos) return "holds a NUL byte";
  if (!is_utf8(token)) return "is not UTF-8";
  if (!std::isfinite(score)) return "has a score that is not a finite number";
  if (type == std::int32_t(PieceType::kByte)) {
    return "is a byte piece, which a T5 vocabulary does not have";
  }
  if (type < std::int32_t(PieceType::kNormal) || type > std::int32_t(PieceType::kUnused)) {
    return "has an unknown type (1 to 5 are allowed)";
  }
  return {};
}

Result<void> check_tokens(const T5Vocabulary& vocabulary) {
  const std::size_t count = vocabulary.tokens.size();
  if (count == 0 || count > kMostTokens) {
    return refuse(vocabulary, fmt::format("the vocabulary has {} tokens where 1 to {} are allowed",
                                          count, kMostTokens));
  }
  if (vocabulary.scores.size() != count || vocabulary.types.size() != count) {
    return refuse(vocabulary,
                  fmt::format("the vocabulary has {} tokens but {} scores and {} types", count,
                              vocabulary.scores.size(), vocabulary.types.size()));
  }
  std::unordered_set<std::string_view> seen;
  seen.reserve(count);
  for (std::size_t id = 0; id < count; ++id) {
    const std::string_view token = vocabulary.tokens[id];
    std::string_view trouble = trouble_with(token, vocabulary.scores[id], vocabulary.types[id]);
    if (trouble.empty() && !seen.insert(token).second) trouble = "stood before";
    if (trouble.empty()) continue;
    return refuse(vocabulary,
                  fmt::format("token {} (\"{}\") {}", id, printable_name(token), trouble));
  }
  return {};
}

Result<std::int32_t> find_unknown(const T5Vocabulary& vocabulary) {
  std::optional<std::size_t> found;
  for (std::size_t id = 0; id < vocabulary.types.size(); ++id) {
    if (vocabulary.types[id] != std::int32_t(PieceType::kUnknown)) continue;
    if (found) {
      return refuse(vocabulary,
                    fmt::format("tokens {} and {} are both of the type unknown", *found, id));
    }
    found = id;
  }
  if (!found) return refuse(vocabulary, "no token is of the type unknown");
  if (vocabulary.unknown_id && *vocabulary.unknown_id != std::int64_t(*found)) {
    return refuse(vocabulary,
                  fmt::format("the id of the unknown token is {}, but token {} is of that type",
                              *vocabulary.unknown_id, *found));
  }
  return std::int32_t(*found);
}

// The control token with the given id or, without one, with the given name.
Result<std::int32_t> find_control(const T5Vocabulary& vocabulary, std::optional<std::int64_t> given,
                                  std::string_view name) {
  const auto count = std::int64_t(vocabulary.tokens.size());
  if (!given) {
    for (std::int64_t id = 0; id < count && !given; ++id) {
      if (vocabulary.tokens[id] == name) given = id;
    }
  }
  if (!given) return refuse(vocabulary, fmt::format("has no token \"{}\"", name));
  if (*given < 0 || *given >= count) {
    return refuse(vocabulary, fmt::format("the id of \"{}\" is {} where 0 to {} are allowed", name,
                                          *given, count - 1));
  }
  if (vocabulary.types[*given] != std::int32_t(PieceType::kControl)) {
    return refuse(vocabulary,
                  fmt::format("token {}, \"{}\", is of type {} where 3 (control) is due", *given,
                              name, vocabulary.types[*given]));
  }
  return std::int32_t(*given);
}

}  // namespace

Result<T5SpecialIds> check_vocabulary(const T5Vocabulary& vocabulary) {
  if (auto good = check_tokens(vocabulary); !good) return std::unexpected(good.error());
  const auto unknown = find_unknown(vocabulary);
  if (!unknown) return std::unexpected(unknown.error());
  const auto eos = find_control(vocabulary, vocabulary.eos_id, "</s>");
  if (!eos) return std::unexpected(eos.error());
  const auto pad = find_control(vocabulary, vocabulary.pad_id, "<pad>");
  if (!pad) return std::unexpected(pad.error());
  if (vocabulary.precompiled_charsmap.empty()) {
    return refuse(vocabulary, "has no normalisation table (precompiled charsmap)");
  }
  auto good = check_charsmap(vocabulary.precompiled_charsmap, vocabulary.source);
  if (!good) return std::unexpected(good.error());
  return T5SpecialIds{*eos, *unknown, *pad};
}

}  // namespace pawfect
