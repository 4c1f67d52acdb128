// ModelWeights: the tensors of one model, ready to be used in graphs on one device. On the
// processor the matrices of a GGUF stay where they are, in the mapped file, unless they are asked
// for packed; all else is copied once. Vectors (biases, norms) are widened to F32, which every
// backend adds and multiplies; matrices keep the type they have in the file. Read-only once loaded.
// The file and the device must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tensor/device.h"
#include "weights/tensor_file.h"

struct ggml_context;
struct ggml_backend_buffer;

namespace pawfect {

struct LoadOptions {
  // Names for which this says no are left out (an embedding that is looked up on the host, say).
  std::function<bool(std::string_view)> wants = {};
  // The type that the matrix of that name shall have, F32 or F16; nothing: the file's own.
  std::function<std::optional<TensorType>(std::string_view)> converts = {};
  // Reorders matrices for the processor's fastest kernels where it has such (packed_weights.h):
  // seconds more to load and a copy in memory, for weights that are multiplied with many times.
  // Such matrices can only be the first argument of ggml_mul_mat.
  bool packs = false;
  // Shapes only: nothing is read and no memory taken. For graphs that are measured, never run.
  bool is_outline = false;
};

// For LoadOptions::converts: all matrices to `type`.
inline auto to_type(TensorType type) {
  return [type](std::string_view) { return std::optional(type); };
}

class ModelWeights {
 public:
  // Errors (kModelMissing): a type that the device cannot hold, not enough memory, a file that was
  // cut while it was read.
  static Result<ModelWeights> load(const Device& device, const TensorFile& file,
                                   const LoadOptions& options = {});

  // The tensor of that name; null when there is none.
  ggml_tensor* find(std::string_view name) const;

  std::uint64_t copied_bytes() const;  // on the device
  std::uint64_t mapped_bytes() const { return mapped_bytes_; }
  // Bytes of all tensors, wherever they are; of an outline, what loading it would take.
  std::uint64_t bytes() const;

 private:
  struct Free {
    void operator()(ggml_context* context) const;
    void operator()(ggml_backend_buffer* buffer) const;
  };

  std::unique_ptr<ggml_context, Free> context_;
  std::unique_ptr<ggml_backend_buffer, Free> mapped_, copied_;
  std::vector<std::unique_ptr<ggml_backend_buffer, Free>> packed_;  // one a buffer type
  std::map<std::string, ggml_tensor*, std::less<>> by_name_;
  std::uint64_t mapped_bytes_ = 0;
};

// The rows `ids` of a matrix of the file, widened to F32: ids.size() x ne0 floats. For embeddings
// that need not be on the device. Errors (kModelMissing): an id outside the matrix, a type that
// cannot be widened, a file that was cut.
Result<std::vector<float>> read_rows(const TensorFile& file, const TensorInfo& tensor,
                                     std::span<const std::int32_t> ids);

// A whole tensor, widened to F32. Errors as above.
Result<std::vector<float>> read_floats(const TensorFile& file, const TensorInfo& tensor);

}  // namespace pawfect
