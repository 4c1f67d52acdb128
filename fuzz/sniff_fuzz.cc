// The header sniffers: any bytes end in an answer within the limits or in an error.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "image/limits.h"
#include "image/sniff.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const pawfect::ImageLimits limits;
  const auto header = pawfect::sniff_image(std::span(data, size), "input", limits);
  if (!header) {
    if (header.error().message.empty() || header.error().message.find('\n') != std::string::npos) {
      std::abort();
    }
    return 0;
  }
  const std::int64_t pixels = std::int64_t{header->width} * header->height;
  const bool is_within = header->width > 0 && header->height > 0 &&
                         header->width <= limits.max_side && header->height <= limits.max_side &&
                         pixels <= limits.max_pixels && header->frames == 1 &&
                         header->channels >= 1 && header->channels <= 5;
  if (!is_within) std::abort();
  return 0;
}
