// ClipTokenizer: text to the ids of CLIP's text encoder, as transformers' CLIPTokenizer makes them
// (docs/tokenizers.md says how, and where older tokenizers differ). Owns its tables; movable.
// Immutable after loading, safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/bpe.h"
#include "weights/bpe_vocabulary.h"
#include "weights/token_ids.h"

namespace pawfect {

class ClipTokenizer {
 public:
  // From a model folder's vocab.json and merges.txt. Errors (kModelMissing): everything that
  // read_vocabulary_file, parse_vocabulary, parse_merges and merge_rules refuse, and a vocabulary
  // without one of the two special tokens or of the 512 pieces of one byte.
  static Result<ClipTokenizer> from_files(const std::filesystem::path& vocab_json,
                                          const std::filesystem::path& merges_txt);

  // The same from the files' contents; the names stand for them in messages.
  static Result<ClipTokenizer> from_texts(std::string_view vocab_json, std::string_view vocab_name,
                                          std::string_view merges_txt,
                                          std::string_view merges_name);

  // From OpenAI's bpe_simple_vocab_16e6.txt, packed by gzip or not: the merges alone, the ids are
  // their order. Errors (kModelMissing): as above, and fewer than the 48894 merges that CLIP uses.
  static Result<ClipTokenizer> from_bpe_simple_vocab(const std::filesystem::path& path);

  // The same from the file's unpacked contents; `name` stands for it in messages.
  static Result<ClipTokenizer> from_bpe_simple_text(std::string_view text, std::string_view name);

  // Exactly `length` ids: the start token, those of the text, the end token, which also pads. A
  // text that needs more loses its end, never the end token. `length` is at least 2.
  TokenIds encode(std::string_view text, int length = 77) const;

  std::int32_t start_id() const { return basics_.start; }
  std::int32_t end_id() const { return basics_.end; }

 private:
  // The ids that encoding begins with.
  struct Basics {
    std::array<std::int32_t, 256> bytes{};       // of a byte within a word
    std::array<std::int32_t, 256> last_bytes{};  // of the byte that ends a word
    std::int32_t start = 0;
    std::int32_t end = 0;
  };
  ClipTokenizer(const Basics& basics, const std::vector<MergeRule>& rules)
      : basics_(basics), merges_(rules) {}
  static Result<Basics> find_basics(const PieceIds& ids, std::string_view name);
  static Result<ClipTokenizer> from_parts(const PieceIds& ids, std::string_view vocab_name,
                                          const std::vector<MergeLine>& merges,
                                          std::string_view merges_name);

  void append_words(std::string_view text, std::size_t enough,
                    std::vector<std::int32_t>& out) const;
  void append_word(std::u32string_view word, std::vector<std::int32_t>& out) const;

  Basics basics_;
  BytePairMerges merges_;
};

}  // namespace pawfect
