// ImageLimits: what a picture file may cost us. Looked at by our own header sniffer, before libvips
// sees the file and before any pixel buffer exists. Units: pixels, bytes, frames. Value type.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace pawfect {

struct ImageLimits {
  std::int64_t max_pixels = 64'000'000;       // width * height
  int max_side = 16'384;                      // width and height, each
  std::int64_t max_bytes = 32 * 1024 * 1024;  // size of the file
  int max_frames = 1;                         // frames of an animation, pages of a TIFF
};

// Error (kBadInput) when a picture of this size, as its header tells it, passes the limits. `kind`
// is for the message: "PNG".
Result<void> check_size(int width, int height, std::string_view kind, std::string_view name,
                        const ImageLimits& limits);

}  // namespace pawfect
