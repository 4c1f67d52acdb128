// The SentencePiece model file: field numbers of sentencepiece_model.proto. Fields that do not
// change how text is encoded by T5 (training settings, self test, denormaliser) are left out.
#include <fmt/format.h>

#include <bit>
#include <functional>

#include "weights/protobuf_wire.h"
#include "weights/t5_vocabulary.h"

namespace pawfect {
namespace {

namespace model {
constexpr std::uint32_t kPieces = 1;
constexpr std::uint32_t kTrainer = 2;
constexpr std::uint32_t kNormalizer = 3;
}  // namespace model
namespace piece {
constexpr std::uint32_t kText = 1;
constexpr std::uint32_t kScore = 2;
constexpr std::uint32_t kType = 3;
}  // namespace piece
namespace trainer {
constexpr std::uint32_t kModelType = 3;
constexpr std::uint32_t kSpaceAsSuffix = 24;
constexpr std::uint32_t kByteFallback = 35;
constexpr std::uint32_t kUnknownId = 40;
constexpr std::uint32_t kBosId = 41;
constexpr std::uint32_t kEosId = 42;
constexpr std::uint32_t kPadId = 43;
}  // namespace trainer
namespace normalizer {
constexpr std::uint32_t kCharsmap = 2;
constexpr std::uint32_t kDummyPrefix = 3;
constexpr std::uint32_t kRemoveExtraSpace = 4;
constexpr std::uint32_t kEscapeSpace = 5;
}  // namespace normalizer

constexpr std::uint64_t kUnigram = 1;

// Fields of an unexpected wire type are unknown fields to protocol buffers and skipped; so here.
bool is(const WireField& field, std::uint32_t number, WireType type) {
  return field.number == number && field.type == type;
}

// Calls `take` for every field. What it returns that is not empty ends the walk and is the trouble.
using FieldTaker = std::function<std::string(const WireField&)>;
std::string each_field(std::string_view bytes, const FieldTaker& take) {
  WireReader reader(bytes);
  while (const auto field = reader.next()) {
    if (auto trouble = take(*field); !trouble.empty()) return trouble;
  }
  return reader.is_broken() ? "is damaged or not a SentencePiece model" : "";
}

std::string read_piece(std::string_view bytes, T5Vocabulary& out) {
  out.tokens.emplace_back();
  out.scores.push_back(0);
  out.types.push_back(std::int32_t(PieceType::kNormal));
  return each_field(bytes, [&](const WireField& field) -> std::string {
    if (is(field, piece::kText, WireType::kBytes)) out.tokens.back() = field.bytes;
    if (is(field, piece::kScore, WireType::kFixed32)) {
      out.scores.back() = std::bit_cast<float>(std::uint32_t(field.value));
    }
    if (is(field, piece::kType, WireType::kVarint)) {
      out.types.back() = std::int32_t(std::uint32_t(field.value));
    }
    return {};
  });
}

std::string read_trainer(std::string_view bytes) {
  return each_field(bytes, [](const WireField& field) -> std::string {
    if (is(field, trainer::kModelType, WireType::kVarint) && field.value != kUnigram) {
      return fmt::format("is a SentencePiece model of type {} where 1 (unigram) is due",
                         field.value);
    }
    if (is(field, trainer::kSpaceAsSuffix, WireType::kVarint) && field.value != 0) {
      return "puts the space behind words, which T5 does not";
    }
    if (is(field, trainer::kByteFallback, WireType::kVarint) && field.value != 0) {
      return "falls back to bytes, which T5 does not";
    }
    return {};
  });
}

std::string read_normalizer(std::string_view bytes, T5Vocabulary& out) {
  return each_field(bytes, [&](const WireField& field) -> std::string {
    if (is(field, normalizer::kCharsmap, WireType::kBytes)) out.precompiled_charsmap = field.bytes;
    if (is(field, normalizer::kDummyPrefix, WireType::kVarint)) {
      out.add_space_prefix = field.value != 0;
    }
    if (is(field, normalizer::kRemoveExtraSpace, WireType::kVarint)) {
      out.remove_extra_whitespaces = field.value != 0;
    }
    if (is(field, normalizer::kEscapeSpace, WireType::kVarint) && field.value == 0) {
      return "leaves spaces as they are, which T5 does not";
    }
    return {};
  });
}

}  // namespace

Result<T5Vocabulary> read_spiece(std::string_view bytes, std::string_view name) {
  T5Vocabulary out;
  out.source = name;
  const std::string trouble = each_field(bytes, [&](const WireField& field) -> std::string {
    if (is(field, model::kPieces, WireType::kBytes)) return read_piece(field.bytes, out);
    if (is(field, model::kTrainer, WireType::kBytes)) return read_trainer(field.bytes);
    if (is(field, model::kNormalizer, WireType::kBytes)) return read_normalizer(field.bytes, out);
    return {};
  });
  if (!trouble.empty() || out.tokens.empty()) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {}; give the spiece.model of a T5 encoder", name,
                            trouble.empty() ? "holds no vocabulary" : trouble));
  }
  return out;
}

std::string spiece_bytes(const T5Vocabulary& vocabulary, const T5SpecialIds& special) {
  std::string out;
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    std::string entry;
    put_bytes(entry, piece::kText, vocabulary.tokens[id]);
    put_float(entry, piece::kScore, vocabulary.scores[id]);
    put_varint(entry, piece::kType, std::uint64_t(vocabulary.types[id]));
    put_bytes(out, model::kPieces, entry);
  }

  std::string settings;
  put_varint(settings, trainer::kModelType, kUnigram);
  put_varint(settings, trainer::kUnknownId, std::uint64_t(special.unknown));
  put_varint(settings, trainer::kBosId, ~std::uint64_t{0});  // -1: T5 has none
  put_varint(settings, trainer::kEosId, std::uint64_t(special.eos));
  put_varint(settings, trainer::kPadId, std::uint64_t(special.pad));
  put_bytes(out, model::kTrainer, settings);

  std::string normalization;
  put_bytes(normalization, normalizer::kCharsmap, vocabulary.precompiled_charsmap);
  put_varint(normalization, normalizer::kDummyPrefix, vocabulary.add_space_prefix ? 1 : 0);
  put_varint(normalization, normalizer::kRemoveExtraSpace,
             vocabulary.remove_extra_whitespaces ? 1 : 0);
  put_bytes(out, model::kNormalizer, normalization);
  return out;
}

}  // namespace pawfect
