#include "tensor/packed_weights.h"

#include <ggml-backend.h>
#include <ggml.h>

#include <memory>

namespace pawfect {
namespace {

struct Free {
  void operator()(ggml_context* context) const { ggml_free(context); }
  void operator()(ggml_backend_buffer* buffer) const { ggml_backend_buffer_free(buffer); }
};

// Asks with a product that is never run; the matrix counts as lying where its buffer says.
bool multiplies(const Device& device, ggml_backend_buffer_type_t type, ggml_tensor* matrix) {
  const std::unique_ptr<ggml_backend_buffer, Free> nowhere(ggml_backend_buft_alloc_buffer(type, 0));
  const std::unique_ptr<ggml_context, Free> context(
      ggml_init({.mem_size = ggml_tensor_overhead() * 4, .mem_buffer = nullptr, .no_alloc = true}));
  if (!nowhere || !context) return false;
  constexpr std::int64_t kRows = 64;
  ggml_tensor* rows = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, matrix->ne[0], kRows);
  ggml_tensor* product = ggml_mul_mat(context.get(), matrix, rows);
  matrix->buffer = nowhere.get();
  const bool does = device.can_run(product);
  matrix->buffer = nullptr;
  return does;
}

}  // namespace

ggml_backend_buffer_type* packed_buffer_type(const Device& device, ggml_tensor* matrix) {
  if (device.kind() != BackendKind::kCpu || !ggml_is_quantized(matrix->type) ||
      ggml_n_dims(matrix) != 2)
    return nullptr;
  const ggml_backend_dev_t processor = ggml_backend_get_device(device.backend());
  const auto list =
      reinterpret_cast<ggml_backend_dev_get_extra_bufts_t>(ggml_backend_reg_get_proc_address(
          ggml_backend_dev_backend_reg(processor), "ggml_backend_dev_get_extra_bufts"));
  if (list == nullptr) return nullptr;
  for (ggml_backend_buffer_type_t* type = list(processor); type != nullptr && *type != nullptr;
       ++type) {
    if (multiplies(device, *type, matrix)) return *type;
  }
  return nullptr;
}

}  // namespace pawfect
