// Where a matrix is multiplied fastest on this processor. Besides rows as they stand in a file,
// ggml has buffers that keep a quantised matrix reordered for kernels of their own (Intel's AMX
// tiles, AVX and NEON blocks); which there are hangs on the processor. What lies in one can only be
// multiplied with, not viewed or read back. Pure functions.
#pragma once

#include "tensor/device.h"

struct ggml_backend_buffer_type;

namespace pawfect {

// The first such buffer type whose kernels multiply `matrix`, which has no place yet; null when
// there is none, as on a card.
ggml_backend_buffer_type* packed_buffer_type(const Device& device, ggml_tensor* matrix);

}  // namespace pawfect
