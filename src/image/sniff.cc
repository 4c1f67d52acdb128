#include "image/sniff.h"

#include <fmt/format.h>

#include "image/file_parts.h"

namespace pawfect {

std::string_view container_name(Container container) {
  switch (container) {
    case Container::kPng:
      return "PNG";
    case Container::kJpeg:
      return "JPEG";
    case Container::kWebp:
      return "WebP";
    case Container::kTiff:
      return "TIFF";
  }
  return "?";
}

Result<ImageHeader> sniff_image(std::span<const std::uint8_t> file, std::string_view name,
                                const ImageLimits& limits) {
  auto parts = read_file_parts(file, name, limits);
  if (!parts) return std::unexpected(parts.error());
  return parts->header();
}

}  // namespace pawfect
