// The rules for tensor names that both formats share. Pure functions, safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/file_contents.h"

namespace pawfect {

// The name a model is built from: "model.diffusion_model." at the front, which checkpoints that
// were saved whole carry, is taken off, name by name, as the community loader does. Errors
// (kModelMissing): empty, over `limits.max_name_bytes`, bytes that are not printable ASCII.
Result<std::string> tensor_name(std::string_view stored, std::string_view file,
                                const WeightLimits& limits);

// The places of the tensors in the order of their names. Error (kModelMissing): a name twice.
Result<std::vector<std::uint32_t>> sorted_by_name(std::span<const TensorInfo> tensors,
                                                  std::string_view file);

}  // namespace pawfect
