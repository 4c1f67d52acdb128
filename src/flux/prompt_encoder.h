// PromptEncoder: text to what the FLUX transformer takes of it, through a cache on disk. Encoders
// are loaded only for texts that the cache does not know, one after the other, and let go when they
// are done. Not thread-safe; the device must outlive it.
#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flux/prompt_cache.h"
#include "flux/prompt_hashes.h"
#include "tensor/device.h"

namespace pawfect {

// The reference's T5 length, and the most that is taken.
inline constexpr int kMostT5Tokens = 512;

// `wanted` rounded up to a multiple of 64, the lengths that are offered. Error (kUsage): not 1 to
// 512.
Result<int> t5_length(int wanted);

// The files that a prompt goes through. What is empty is not there: without spiece the T5 file's
// own vocabulary is taken, without the others CLIP's published one, which is part of the program.
struct PromptFiles {
  std::filesystem::path t5, clip;
  std::filesystem::path spiece;
  std::filesystem::path clip_vocab, clip_merges;  // both or none
  std::filesystem::path clip_merge_list;          // bpe_simple_vocab_16e6.txt, packed or not
};

// Adds the tokenizers' files: tokenizer_2/spiece.model or spiece.model, tokenizer/vocab.json and
// merges.txt or the two by themselves, bpe_simple_vocab_16e6.txt(.gz), in `folder`.
PromptFiles find_tokenizers(const std::filesystem::path& folder, std::filesystem::path t5,
                            std::filesystem::path clip);

class PromptEncoder {
 public:
  // `cache_folder`: PromptCache::default_folder() or another; empty: nothing is kept.
  PromptEncoder(const Device& device, PromptFiles files, const std::filesystem::path& cache_folder);

  // `length` T5 tokens, 1 to 512. A longer text loses its end, as the reference's does; the result
  // says so. Errors: kUsage for another length; kModelMissing from the files and encoders;
  // kCancelled.
  Result<PromptEmbedding> embed(std::string_view text, int length,
                                const std::stop_token& stop = {});

  // The same for many, each encoder loaded at most once. What is done is in the cache even when a
  // later text fails.
  Result<std::vector<PromptEmbedding>> embed_all(std::span<const std::string> texts, int length,
                                                 const std::stop_token& stop = {});

  // How often an encoder's weights were loaded; 0 after hits alone.
  int loads() const { return loads_; }

  // Why the last embedding could not be kept; empty: it was.
  const std::string& cache_warning() const { return cache_warning_; }

 private:
  Result<std::vector<Digest>> keys(std::span<const std::string> texts, int length,
                                   const std::stop_token& stop);
  Result<void> add_pooled(std::span<const std::string> texts, std::span<const std::size_t> missing,
                          std::vector<PromptEmbedding>& out, const std::stop_token& stop);
  Result<void> add_t5(std::span<const std::string> texts, std::span<const std::size_t> missing,
                      int length, std::span<const Digest> keys, std::vector<PromptEmbedding>& out,
                      const std::stop_token& stop);

  const Device* device_;
  PromptFiles files_;
  PromptCache cache_;
  FileHashes hashes_;
  int loads_ = 0;
  std::string cache_warning_;
};

}  // namespace pawfect
