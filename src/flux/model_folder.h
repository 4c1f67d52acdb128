// Which file of a folder is which part of FLUX.1-Fill: told by the tensors inside, never by the
// name, so that files may be called as they were when they were fetched. Reads headers only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/tensor_file.h"

namespace pawfect {

enum class ModelPart : std::uint8_t { kTransformer, kT5, kClip, kVae, kOther };

// "FLUX transformer", "T5 text encoder", ...
std::string_view part_name(ModelPart part);

ModelPart part_of(const TensorFile& file);

struct ModelFile {
  std::filesystem::path path;
  ModelPart part = ModelPart::kOther;
  TensorType type = TensorType::kF32;  // that most of its matrices have
  std::uint64_t bytes = 0;             // of the file
  std::string refused;                 // why it cannot be read; empty: it can
};

// The weight files (*.gguf, *.safetensors) of a folder and of its folders, by path. Errors
// (kModelMissing): no such folder.
Result<std::vector<ModelFile>> list_model_files(const std::filesystem::path& folder);

struct FluxFiles {
  std::filesystem::path transformer, t5, clip, vae;
};

}  // namespace pawfect
