// Compares a weight file with the table of tensors that a model is built from: a file that is sound
// in itself but belongs to another architecture ends here, in one line. Shapes innermost first.
// Pure functions, safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;  // outermost extents of 1 do not count
  bool is_required = true;          // false: may be missing, but when there its shape must fit
};

enum class ExtraPolicy : std::uint8_t {
  kRefuse,  // a tensor that the table does not name is an error
  kIgnore,
};

// Error (kModelMissing) with the first five differences, missing and misshapen ones in the order of
// `expected`, then unknown ones in the order of the file.
Result<void> check_shapes(const TensorFile& file, std::span<const ExpectedTensor> expected,
                          ExtraPolicy extra);

// Whether the names are those of diffusers ("transformer_blocks.*", "encoder.down_blocks.*") rather
// than those of the model's makers: the same weights under names that we do not read.
bool looks_like_diffusers(const TensorFile& file);

}  // namespace pawfect
