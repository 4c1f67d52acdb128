#include "tensor/tensor_types.h"

namespace pawfect {

std::optional<ggml_type> ggml_type_of(TensorType type) {
  switch (type) {
    case TensorType::kF32:
      return GGML_TYPE_F32;
    case TensorType::kF16:
      return GGML_TYPE_F16;
    case TensorType::kBF16:
      return GGML_TYPE_BF16;
    case TensorType::kQ4_0:
      return GGML_TYPE_Q4_0;
    case TensorType::kQ4_1:
      return GGML_TYPE_Q4_1;
    case TensorType::kQ5_0:
      return GGML_TYPE_Q5_0;
    case TensorType::kQ5_1:
      return GGML_TYPE_Q5_1;
    case TensorType::kQ8_0:
      return GGML_TYPE_Q8_0;
    case TensorType::kQ4_K:
      return GGML_TYPE_Q4_K;
    case TensorType::kQ5_K:
      return GGML_TYPE_Q5_K;
    case TensorType::kQ6_K:
      return GGML_TYPE_Q6_K;
    default:
      return std::nullopt;
  }
}

}  // namespace pawfect
