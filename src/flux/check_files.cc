#include "flux/check_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>

#include "flux/model_folder.h"
#include "flux/prompt_encoder.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_weights(const fs::path& path) {
  const std::string extension = lower(path.extension().string());
  return (extension == ".gguf" || extension == ".safetensors") &&
         path.filename() != "reference.safetensors";
}

// By name, so that the lines come in the same order everywhere.
Result<std::vector<fs::path>> weight_files(const fs::path& folder) {
  std::error_code problem;
  fs::directory_iterator entry(folder, problem);
  std::vector<fs::path> paths;
  for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored) && is_weights(entry->path()))
      paths.push_back(entry->path());
  }
  if (problem) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the folder cannot be read: {}; give one with weights and recorded "
                            "results",
                            printable_path(folder), problem.message()));
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

Result<CheckFiles> open_check_files(const fs::path& folder, const std::string& variant,
                                    const fs::path& weights) {
  const Result<std::vector<fs::path>> paths = weight_files(folder);
  if (!paths) return std::unexpected(paths.error());
  CheckFiles files;
  const auto take = [&](const fs::path& path, bool is_named) -> Result<void> {
    auto file = TensorFile::open(path);
    if (!file) return std::unexpected(file.error());
    auto kept = std::make_unique<TensorFile>(std::move(*file));
    const ModelPart part = part_of(*kept);
    // A file that was named is taken for a transformer; if it is none, loading says so.
    if (is_named) {
      files.transformers.push_back(std::move(kept));
    } else if (part == ModelPart::kTransformer) {
      const bool is_meant =
          weights.empty() &&
          lower(path.filename().string()).find(lower(variant)) != std::string::npos;
      if (is_meant) files.transformers.push_back(std::move(kept));
    } else if (part == ModelPart::kT5) {
      files.t5.push_back(std::move(kept));
    } else if (part == ModelPart::kClip) {
      files.clip.push_back(std::move(kept));
    } else if (part == ModelPart::kVae) {
      files.vae.push_back(std::move(kept));
    }
    return {};
  };
  for (const fs::path& path : *paths) {
    if (auto taken = take(path, false); !taken) return std::unexpected(taken.error());
  }
  if (!weights.empty()) {
    if (auto taken = take(weights, true); !taken) return std::unexpected(taken.error());
  }
  const std::pair<ModelPart, const CheckFiles::Files*> parts[] = {
      {ModelPart::kTransformer, &files.transformers},
      {ModelPart::kT5, &files.t5},
      {ModelPart::kClip, &files.clip},
      {ModelPart::kVae, &files.vae}};
  for (const auto& [part, list] : parts) {
    if (!list->empty()) continue;
    const std::string which = part == ModelPart::kTransformer && !variant.empty()
                                  ? fmt::format(" with '{}' in its name", variant)
                                  : "";
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: no {}{} among its weight files; put it there, then check again",
                            printable_path(folder), part_name(part), which));
  }
  const PromptFiles tokenizers = find_tokenizers(folder, {}, {});
  files.spiece = tokenizers.spiece;
  files.clip_vocab = tokenizers.clip_vocab;
  files.clip_merges = tokenizers.clip_merges;
  return files;
}

}  // namespace pawfect
