// For tests: small models with made-up numbers, as GGUF or safetensors.
#pragma once

#include <ggml.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "flux/flux_sizes.h"
#include "flux/t5_layout.h"
#include "weights/gguf_types.h"
#include "weights/test_files.h"

namespace pawfect::testing {

// The number at place `k` of a tensor, within -1..1, exact in half precision of either kind.
inline float made_number(std::string_view name, std::uint64_t k) {
  std::uint64_t state = std::hash<std::string_view>()(name) + k * 0x9E3779B97F4A7C15U;
  state = (state ^ (state >> 29)) * 0xBF58476D1CE4E5B9U;
  return float(int(state >> 57) - 64) / 64;
}

inline std::string stored(TensorType type, float number) {
  if (type == TensorType::kF32) return little_endian(number);
  if (type == TensorType::kF16) return little_endian(ggml_fp32_to_fp16(number));
  return little_endian(ggml_fp32_to_bf16(number).bits);
}

inline std::string made_bytes(const ExpectedTensor& tensor, TensorType type) {
  std::string bytes;
  const std::uint64_t count = element_count(tensor.shape).value();
  for (std::uint64_t k = 0; k < count; ++k) bytes += stored(type, made_number(tensor.name, k));
  return bytes;
}

inline std::string made_gguf(const std::vector<ExpectedTensor>& tensors, TensorType type,
                             std::vector<std::string> pairs = {}) {
  GgufParts parts;
  parts.pairs = std::move(pairs);
  parts.data.clear();
  for (const ExpectedTensor& tensor : tensors) {
    parts.tensors.push_back({tensor.name,
                             {tensor.shape.begin(), tensor.shape.end()},
                             gguf_type_number(type).value(),
                             parts.data.size()});
    parts.data += made_bytes(tensor, type);
    parts.data.resize((parts.data.size() + 31) / 32 * 32);
  }
  return gguf_file(parts);
}

inline std::string made_safetensors(const std::vector<ExpectedTensor>& tensors, TensorType type,
                                    const std::string& prefix = "") {
  nlohmann::json header;
  std::string data;
  for (const ExpectedTensor& tensor : tensors) {
    const std::size_t begin = data.size();
    data += made_bytes(tensor, type);
    header[prefix + tensor.name] = {
        {"dtype", type_name(type)},
        {"shape", std::vector(tensor.shape.rbegin(), tensor.shape.rend())},
        {"data_offsets", {begin, data.size()}}};
  }
  return safetensors_file(header.dump(), data);
}

// A Fill transformer of one double and one single block.
inline std::vector<ExpectedTensor> made_flux(int hidden = 256) {
  return flux_tensors({.hidden = hidden,
                       .heads = hidden / 128,
                       .head_dim = 128,
                       .double_blocks = 1,
                       .single_blocks = 1,
                       .in_channels = 384,
                       .out_channels = 64,
                       .context = 64,
                       .vector = 32,
                       .mlp = 4 * hidden,
                       .has_guidance = true});
}

// A T5 encoder under llama.cpp's names.
inline std::vector<ExpectedTensor> made_t5(int layers) {
  T5Layout layout{.sizes = {.width = 256,
                            .inner = 256,
                            .heads = 64,
                            .wide = 256,
                            .layers = layers,
                            .buckets = 32,
                            .vocabulary = 40},
                  .is_gguf_form = true,
                  .embedding = "token_embd.weight",
                  .position_bias = "enc.blk.0.attn_rel_b.weight",
                  .final_norm = "enc.output_norm.weight"};
  return t5_tensors(layout);
}

}  // namespace pawfect::testing
