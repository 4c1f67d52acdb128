// Which ggml type a file's tensor type is. Pure function.
#pragma once

#include <ggml.h>

#include <optional>

#include "weights/tensor_type.h"

namespace pawfect {

// Empty for types that ggml does not compute with.
std::optional<ggml_type> ggml_type_of(TensorType type);

}  // namespace pawfect
