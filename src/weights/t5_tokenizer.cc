#include "weights/t5_tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "weights/printable.h"
#include "weights/utf8.h"
#include "weights/vocabulary_file.h"

namespace pawfect {

struct T5Tokenizer::Library {
  sentencepiece::SentencePieceProcessor processor;
};

T5Tokenizer::T5Tokenizer(std::unique_ptr<const Library> library, T5SpecialIds special)
    : library_(std::move(library)), special_(special) {}
T5Tokenizer::~T5Tokenizer() = default;
T5Tokenizer::T5Tokenizer(T5Tokenizer&&) noexcept = default;
T5Tokenizer& T5Tokenizer::operator=(T5Tokenizer&&) noexcept = default;

Result<T5Tokenizer> T5Tokenizer::from_spiece(const std::filesystem::path& path) {
  const auto bytes = read_vocabulary_file(path);
  if (!bytes) return std::unexpected(bytes.error());
  const auto vocabulary = read_spiece(*bytes, printable_path(path));
  if (!vocabulary) return std::unexpected(vocabulary.error());
  return from_vocabulary(*vocabulary);
}

Result<T5Tokenizer> T5Tokenizer::from_vocabulary(const T5Vocabulary& vocabulary) {
  const auto special = check_vocabulary(vocabulary);
  if (!special) return std::unexpected(special.error());

  // The library reports most troubles by a status, but its trie throws.
  const auto refused = [&](std::string_view why) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the SentencePiece library refuses the vocabulary: {}; fetch the "
                            "file again",
                            vocabulary.source, printable_name(why)));
  };
  auto library = std::make_unique<Library>();
  try {
    const auto status =
        library->processor.LoadFromSerializedProto(spiece_bytes(vocabulary, *special));
    if (!status.ok()) return refused(status.ToString());
  } catch (const std::exception& error) {
    return refused(error.what());
  }
  return T5Tokenizer(std::move(library), *special);
}

Result<TokenIds> T5Tokenizer::encode(std::string_view text, int max_length) const {
  constexpr int kLongest = 65536;
  if (max_length < 1 || max_length > kLongest) {
    return fail(ErrorCode::kUsage,
                fmt::format("the T5 length is {} where 1 to {} are allowed", max_length, kLongest));
  }
  const std::string_view kept = utf8_prefix(text, kMaxPromptBytes);
  std::vector<int> pieces;
  const auto status = library_->processor.Encode(repaired_utf8(kept), &pieces);
  if (!status.ok()) {
    return fail(ErrorCode::kBug, fmt::format("the SentencePiece library cannot encode the prompt: "
                                             "{}; tell the makers",
                                             printable_name(status.ToString())));
  }

  const std::size_t room = std::size_t(max_length) - 1;
  TokenIds out;
  out.truncated = kept.size() < text.size() || pieces.size() > room;
  if (pieces.size() > room) pieces.resize(room);
  out.ids.assign(pieces.begin(), pieces.end());
  out.ids.push_back(special_.eos);
  out.ids.resize(std::size_t(max_length), special_.pad);
  return out;
}

}  // namespace pawfect
