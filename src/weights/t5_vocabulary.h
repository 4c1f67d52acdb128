// T5Vocabulary: all that a T5 tokenizer is made of, whether it came from a spiece.model or from a
// GGUF, and the SentencePiece model file in both directions. Value type, pure functions; errors are
// kModelMissing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pawfect {

// SentencePiece's own numbers (sentencepiece_model.proto), which GGUF took over.
enum class PieceType : std::int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct T5Vocabulary {
  std::string source;                // the file, for messages
  std::vector<std::string> tokens;   // by id
  std::vector<float> scores;         // natural logarithm of the probability, one a token
  std::vector<std::int32_t> types;   // PieceType, one a token
  std::string precompiled_charsmap;  // the normalisation table (charsmap.h)
  bool add_space_prefix = true;
  bool remove_extra_whitespaces = true;
  std::optional<std::int64_t> eos_id;      // without one: the token "</s>"
  std::optional<std::int64_t> unknown_id;  // without one: the token of type unknown
  std::optional<std::int64_t> pad_id;      // without one: the token "<pad>"
};

// The ids that a T5 tokenizer uses besides those of the text.
struct T5SpecialIds {
  std::int32_t eos = 0;
  std::int32_t unknown = 0;
  std::int32_t pad = 0;
};

// Proves that the SentencePiece library can be given this vocabulary. Errors: lists of different
// lengths, no or too many tokens, a token that is empty, longer than 1 KiB, not UTF-8, with NUL or
// there twice, a score that is not finite, a type that T5 does not have, not exactly one unknown
// token, special ids missing, out of range or of the wrong type, a charsmap that check_charsmap
// refuses or that is missing (the ids would silently be others than the reference's).
Result<T5SpecialIds> check_vocabulary(const T5Vocabulary& vocabulary);

// The vocabulary in the bytes of a spiece.model; `name` stands for the file. Only what T5Vocabulary
// holds is taken over. Errors: not a SentencePiece model, damaged, not of the type unigram, or with
// a setting that T5 does not use.
Result<T5Vocabulary> read_spiece(std::string_view bytes, std::string_view name);

// The bytes of a spiece.model with this vocabulary, which check_vocabulary has found good.
std::string spiece_bytes(const T5Vocabulary& vocabulary, const T5SpecialIds& special);

}  // namespace pawfect
