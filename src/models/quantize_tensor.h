// The numbers of one tensor in another type, through ggml's own quantisers. The work is cut into
// pieces of fixed size that threads share, and goes out in slabs of some megabytes, so that the
// result does not depend on the number of threads and the memory not on the tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

#include "base/error.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct TensorWork {
  const TensorFile& source;
  const TensorInfo& tensor;  // F16, BF16 or F32
  TensorType type;           // F32, F16, BF16 or a quantised one; rows are whole blocks of it
  int threads = 1;
  std::stop_token stop;  // looked at every few milliseconds
};

// Gets the bytes of the new type in order, and the number of elements they hold.
using TakeSlab = std::function<Result<void>(std::span<const std::byte> bytes, std::uint64_t count)>;

// Errors: kCancelled; kModelMissing for a number that is not finite, or larger than the type's
// scale in half precision can express; whatever `take` returns.
Result<void> convert_tensor(const TensorWork& work, const TakeSlab& take);

}  // namespace pawfect
