// What the numbers of a weight file are stored as: how many of each type, and which type the
// matrices mostly have ("Q5_K" of a Q5_K_M file). Reads the header only. Pure functions.
#pragma once

#include <cstdint>
#include <map>

#include "weights/tensor_file.h"

namespace pawfect {

struct TypeShare {
  std::uint64_t tensors = 0, elements = 0, bytes = 0;
};

std::map<TensorType, TypeShare> type_shares(const TensorFile& file);

// The type that most elements of matrices have; F32 for a file without matrices.
TensorType main_type(const TensorFile& file);

// Whether a type holds blocks of numbers with a scale, not numbers.
bool is_quantised(TensorType type);

}  // namespace pawfect
