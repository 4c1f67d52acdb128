#include "flux/model_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <system_error>

#include "flux/weight_kind.h"

namespace pawfect {
namespace {

constexpr int kDeepest = 2;  // folders below the one named

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_weight_file(const std::filesystem::path& path) {
  const std::string extension = lower(path.extension().string());
  return extension == ".gguf" || extension == ".safetensors" || extension == ".sft";
}

}  // namespace

std::string_view part_name(ModelPart part) {
  switch (part) {
    case ModelPart::kTransformer:
      return "FLUX transformer";
    case ModelPart::kT5:
      return "T5 text encoder";
    case ModelPart::kClip:
      return "CLIP text encoder";
    case ModelPart::kVae:
      return "picture autoencoder (VAE)";
    case ModelPart::kOther:
      break;
  }
  return "something else";
}

ModelPart part_of(const TensorFile& file) {
  const auto has = [&](std::string_view name) { return file.find(name) != nullptr; };
  if (has("double_blocks.0.img_attn.qkv.weight") || has("transformer_blocks.0.attn.to_q.weight"))
    return ModelPart::kTransformer;
  if (has("enc.blk.0.attn_q.weight") || has("encoder.block.0.layer.0.SelfAttention.q.weight"))
    return ModelPart::kT5;
  if (has("text_model.embeddings.token_embedding.weight") ||
      has("embeddings.token_embedding.weight"))
    return ModelPart::kClip;
  if (has("decoder.conv_in.weight") && has("encoder.conv_in.weight")) return ModelPart::kVae;
  return ModelPart::kOther;
}

Result<std::vector<ModelFile>> list_model_files(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(
      folder, std::filesystem::directory_options::skip_permission_denied, error);
  if (error) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: this models folder cannot be read ({}); give the folder with the "
                            "weight files by --models",
                            folder.string(), error.message()));
  }
  std::vector<ModelFile> files;
  for (; entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    if (error) break;
    if (entry.depth() >= kDeepest) entry.disable_recursion_pending();
    if (!entry->is_regular_file(error) || !is_weight_file(entry->path())) continue;
    const Result<TensorFile> file = TensorFile::open(entry->path());
    if (file) {
      files.push_back({entry->path(), part_of(*file), main_type(*file), file->size(), ""});
    } else {
      const std::uintmax_t bytes = entry->file_size(error);
      files.push_back({entry->path(), ModelPart::kOther, TensorType::kF32, error ? 0 : bytes,
                       file.error().message});
    }
  }
  std::ranges::sort(files, {}, &ModelFile::path);
  return files;
}

}  // namespace pawfect
