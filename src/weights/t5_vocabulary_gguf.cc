#include "weights/t5_vocabulary_gguf.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr std::string_view kModel = "tokenizer.ggml.model";

Result<void> read_switch(const Metadata& metadata, std::string_view key, bool& out) {
  if (!metadata.has(key)) return {};
  const auto value = metadata.flag(key);
  if (!value) return std::unexpected(value.error());
  out = *value;
  return {};
}

Result<void> read_id(const Metadata& metadata, std::string_view key,
                     std::optional<std::int64_t>& out) {
  if (!metadata.has(key)) return {};
  const auto value = metadata.integer(key);
  if (!value) return std::unexpected(value.error());
  out = *value;
  return {};
}

// The four arrays. A number that float or 32 bits cannot hold becomes one that check_vocabulary
// refuses.
Result<void> read_arrays(const Metadata& metadata, T5Vocabulary& out) {
  auto tokens = metadata.texts("tokenizer.ggml.tokens");
  if (!tokens) return std::unexpected(tokens.error());
  const auto scores = metadata.numbers("tokenizer.ggml.scores");
  if (!scores) return std::unexpected(scores.error());
  const auto types = metadata.integers("tokenizer.ggml.token_type");
  if (!types) return std::unexpected(types.error());
  const auto charsmap = metadata.bytes("tokenizer.ggml.precompiled_charsmap");
  if (!charsmap) return std::unexpected(charsmap.error());

  out.tokens = std::move(*tokens);
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (const double score : *scores) {
    const bool fits = std::abs(score) <= kLargest;
    out.scores.push_back(fits ? float(score) : std::numeric_limits<float>::quiet_NaN());
  }
  for (const std::int64_t type : *types) {
    out.types.push_back(type < 0 || type > std::int64_t(PieceType::kByte) ? 0 : std::int32_t(type));
  }
  out.precompiled_charsmap.assign(reinterpret_cast<const char*>(charsmap->data()),
                                  charsmap->size());
  return {};
}

}  // namespace

Result<T5Vocabulary> t5_vocabulary(const Metadata& metadata, std::string_view name) {
  const auto model = metadata.text(kModel);
  if (!model) return std::unexpected(model.error());
  if (*model != "t5") {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {} is \"{}\" where \"t5\" is due; give the GGUF of a T5 encoder",
                            name, kModel, printable_name(*model)));
  }
  T5Vocabulary out;
  out.source = name;
  const Result<void> steps[] = {
      read_arrays(metadata, out),
      read_switch(metadata, "tokenizer.ggml.add_space_prefix", out.add_space_prefix),
      read_switch(metadata, "tokenizer.ggml.remove_extra_whitespaces",
                  out.remove_extra_whitespaces),
      read_id(metadata, "tokenizer.ggml.eos_token_id", out.eos_id),
      read_id(metadata, "tokenizer.ggml.unknown_token_id", out.unknown_id),
      read_id(metadata, "tokenizer.ggml.padding_token_id", out.pad_id),
  };
  for (const auto& step : steps) {
    if (!step) return std::unexpected(step.error());
  }
  return out;
}

}  // namespace pawfect
