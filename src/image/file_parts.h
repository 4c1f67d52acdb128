// The one gate that every picture file passes: what it is, its parts, its limits, nothing hidden in
// it. Spans point into the file. Pure functions.
#pragma once

#include <string_view>
#include <variant>

#include "base/error.h"
#include "image/bytes.h"
#include "image/jpeg_parts.h"
#include "image/limits.h"
#include "image/png_parts.h"
#include "image/sniff.h"
#include "image/tiff_parts.h"
#include "image/webp_parts.h"

namespace pawfect {

struct FileParts {
  std::variant<PngParts, JpegParts, WebpParts, TiffParts> of;
  std::size_t end = 0;  // first byte behind the picture; what follows is no part of it

  const ImageHeader& header() const {
    return std::visit([](const auto& parts) -> const ImageHeader& { return parts.header; }, of);
  }
};

// Errors as sniff_image.
Result<FileParts> read_file_parts(ByteSpan file, std::string_view name, const ImageLimits& limits);

}  // namespace pawfect
