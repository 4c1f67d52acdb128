// The element types of a weight file that we take, and how many bytes they fill. Quantised types
// store a row in blocks of `block_size` elements; the others have blocks of one. Pure functions,
// safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pawfect {

enum class TensorType : std::uint8_t {
  kF32,
  kF16,
  kBF16,
  kF64,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,    // safetensors only
  kBool,  // safetensors only; one byte each
};

// As ggml and the model files write it: "F32", "Q4_0", "Q5_K", "BOOL".
std::string_view type_name(TensorType type);

// Elements in a block: 1, 32 or 256.
int block_size(TensorType type);

// Bytes of a block.
std::size_t block_bytes(TensorType type);

// Product of the extents, 1 for an empty shape. Empty when it overflows or an extent is below 1.
std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape);

// Bytes of a tensor with `elements` elements in whole blocks. Empty on overflow.
std::optional<std::uint64_t> tensor_bytes(TensorType type, std::uint64_t elements);

}  // namespace pawfect
