// Which type each tensor of a model gets when a file is quantised, as the community's quantisers
// choose it (docs/weights.md has the table). Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flux/model_folder.h"
#include "weights/tensor_file.h"

namespace pawfect {

// A wish as people write it: "Q8_0", "Q5_K_M".
struct QuantizeType {
  std::string_view name;
  TensorType base = TensorType::kF16;   // of most matrices
  TensorType finer = TensorType::kF16;  // of those that lose most; as `base` where it is no mix
  std::uint32_t file_type = 0;          // llama.cpp's number, general.file_type

  bool is_mix() const { return base != finer; }
};

std::span<const QuantizeType> quantize_types();

// By name, letters' case aside. Error (kUsage): unknown; the message lists them all.
Result<QuantizeType> quantize_type_by_name(std::string_view name);

// The type of every tensor of a transformer or T5 encoder, in the order of the file. Errors
// (kModelMissing): a tensor that is quantised already, or whose type is neither F16, BF16 nor F32.
Result<std::vector<TensorType>> plan_types(const TensorFile& source, ModelPart part,
                                           const QuantizeType& wish);

}  // namespace pawfect
