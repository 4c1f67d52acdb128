// The weight files of a folder to check, by part; told by content. Each is open as long as this is.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct CheckFiles {
  using Files = std::vector<std::unique_ptr<TensorFile>>;
  Files transformers, t5, clip, vae;
  std::filesystem::path spiece;                   // empty: none
  std::filesystem::path clip_vocab, clip_merges;  // empty: CLIP's published vocabulary is meant
};

// Opens them. `variant` and `weights` as in CheckOptions. Errors (kModelMissing): a weight file
// that is refused, a part that is missing.
Result<CheckFiles> open_check_files(const std::filesystem::path& folder, const std::string& variant,
                                    const std::filesystem::path& weights);

}  // namespace pawfect
