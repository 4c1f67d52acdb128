// PromptCache: what the text encoders made of a prompt, kept in a folder, one file an entry
// (docs/flux.md). Numbers are kept as they are, in F32, so that a picture is the same with and
// without the cache. Safe for several threads and processes.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/sha256.h"

namespace pawfect {

struct PromptEmbedding {
  std::vector<float> t5;      // length x width of T5
  std::vector<float> pooled;  // width of CLIP
  int length = 0;             // rows of t5
  bool t5_truncated = false;  // some of the text was not among the tokens
  bool clip_truncated = false;

  bool operator==(const PromptEmbedding&) const = default;
};

class PromptCache {
 public:
  // An empty folder: nothing is kept and nothing found. The folder is made when it is needed.
  explicit PromptCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // $XDG_CACHE_HOME/pawfect/prompts, ~/.cache/pawfect/prompts; empty when neither is known.
  static std::filesystem::path default_folder();

  // The entry of that key. A damaged one, or one of another version, is removed and not found.
  std::optional<PromptEmbedding> find(const Digest& key) const;

  // Error (kUsage): the folder cannot be written.
  Result<void> store(const Digest& key, const PromptEmbedding& embedding) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path path_of(const Digest& key) const;

  std::filesystem::path folder_;
};

}  // namespace pawfect
