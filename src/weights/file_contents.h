// FileContents: what a reader found in the header of a weight file, and WeightLimits: what such a
// header may cost us (docs/weights.md says why). Offsets and sizes in bytes. Value types; the
// metadata's arrays and the stored pairs are views into the file that was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "weights/metadata.h"
#include "weights/tensor_type.h"

namespace pawfect {

struct WeightLimits {
  std::uint64_t max_tensors = 100'000;
  std::uint64_t max_keys = 10'000;
  std::uint64_t max_key_bytes = 4 * 1024;
  std::uint64_t max_name_bytes = 256;
  std::uint64_t max_string_bytes = 16 * 1024 * 1024;
  std::uint64_t max_array_elements = 16 * 1024 * 1024;
  std::uint64_t max_alignment = 64 * 1024;
  std::uint64_t max_header_bytes = 16 * 1024 * 1024;  // of a safetensors file
};

struct TensorInfo {
  std::string name;  // without the prefix "model.diffusion_model."
  TensorType type = TensorType::kF32;
  std::vector<std::int64_t> shape;  // innermost first (ggml order); at most 4, safetensors 8
  std::uint64_t offset = 0;         // in the file
  std::uint64_t bytes = 0;
};

// A metadata pair as it lies in a GGUF, for who copies it: key, type and value.
struct StoredPair {
  std::string key;
  std::span<const std::byte> bytes;
};

struct FileContents {
  std::vector<TensorInfo> tensors;     // in the order of the file's header
  std::vector<std::uint32_t> by_name;  // places in `tensors`, sorted by name
  Metadata metadata;
  std::vector<StoredPair> stored_pairs;  // of a GGUF, in the order of its header
};

}  // namespace pawfect
