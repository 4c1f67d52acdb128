// GgufWriter: writes a GGUF file, version 3, front to back: the header first, then each tensor's
// bytes as they are made, so that a file of any size needs little memory. The file appears whole or
// not at all (NewWeightFile). Used from one thread. Sizes in bytes, shapes innermost first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/new_weight_file.h"
#include "weights/tensor_type.h"

namespace pawfect {

// A metadata pair as it lies in a GGUF: key, number of the type, value.
std::string gguf_text_pair(std::string_view key, std::string_view text);
std::string gguf_number_pair(std::string_view key, std::uint32_t number);

struct GgufHeader {
  struct Tensor {
    std::string name;
    TensorType type = TensorType::kF32;
    std::vector<std::int64_t> shape;  // at most 4 extents
  };

  std::vector<std::string> pairs;  // as the functions above make them, or copied from another file
  std::vector<Tensor> tensors;
};

class GgufWriter {
 public:
  // Opens the file and writes the header. Errors: of NewWeightFile; kBadInput also for a tensor
  // that a GGUF cannot hold (more than 4 extents, a type of safetensors alone).
  static Result<GgufWriter> create(const std::filesystem::path& path, const GgufHeader& header);

  // The next bytes of the tensors, in the order of the header; a tensor may come in pieces, and a
  // piece belongs to one tensor.
  Result<void> write(std::span<const std::byte> bytes);

  // To be called when every tensor was written whole: the file gets its name.
  Result<void> finish();

  std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  GgufWriter(NewWeightFile file, std::vector<std::uint64_t> sizes, std::uint64_t file_bytes)
      : file_(std::move(file)), sizes_(std::move(sizes)), file_bytes_(file_bytes) {}

  NewWeightFile file_;
  std::vector<std::uint64_t> sizes_;  // of each tensor
  std::size_t current_ = 0;           // tensor that is being written
  std::uint64_t written_ = 0;         // of it
  std::uint64_t file_bytes_ = 0;
};

}  // namespace pawfect
