// T5Tokenizer: text to the ids of the T5 encoder, by the SentencePiece library. Whatever the
// source, the vocabulary is checked and then handed to the library in one form, so that there is
// one tokenizer. Owns the library's object; movable. Immutable after loading, safe from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "weights/t5_vocabulary.h"
#include "weights/token_ids.h"

namespace pawfect {

class T5Tokenizer {
 public:
  // From a spiece.model. Errors (kModelMissing): what read_vocabulary_file, read_spiece and
  // from_vocabulary refuse.
  static Result<T5Tokenizer> from_spiece(const std::filesystem::path& path);

  // Errors (kModelMissing): what check_vocabulary or the library refuses.
  static Result<T5Tokenizer> from_vocabulary(const T5Vocabulary& vocabulary);

  ~T5Tokenizer();
  T5Tokenizer(T5Tokenizer&&) noexcept;
  T5Tokenizer& operator=(T5Tokenizer&&) noexcept;

  // Exactly `max_length` ids: those of the text, </s>, then <pad>. A text that needs more loses its
  // end, never </s>. Names of special tokens in the text are ordinary text. Errors: kUsage when
  // `max_length` is not 1 to 65536, kBug when the library fails.
  Result<TokenIds> encode(std::string_view text, int max_length) const;

  const T5SpecialIds& special_ids() const { return special_; }

 private:
  struct Library;
  T5Tokenizer(std::unique_ptr<const Library> library, T5SpecialIds special);

  std::unique_ptr<const Library> library_;
  T5SpecialIds special_;
};

}  // namespace pawfect
