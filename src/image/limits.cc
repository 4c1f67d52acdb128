#include "image/limits.h"

#include <fmt/format.h>

namespace pawfect {

Result<void> check_size(int width, int height, std::string_view kind, std::string_view name,
                        const ImageLimits& limits) {
  const std::int64_t pixels = std::int64_t{width} * height;  // 31 bits each
  if (width <= limits.max_side && height <= limits.max_side && pixels <= limits.max_pixels)
    return {};
  return fail(
      ErrorCode::kBadInput,
      fmt::format("{}: the {} is {} x {} pixels ({:.4g} megapixels); at most {} a side and {:.4g} "
                  "megapixels are allowed; scale it down first",
                  name, kind, width, height, double(pixels) / 1e6, limits.max_side,
                  double(limits.max_pixels) / 1e6));
}

}  // namespace pawfect
