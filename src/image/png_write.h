// Puts metadata into a PNG. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "image/metadata.h"

namespace pawfect {

// Length, type, payload and checksum.
void append_png_chunk(ByteVector& out, std::string_view type, ByteSpan payload);

// `encoded` (a PNG) with only its pixel chunks and, before the pixels, ICC, EXIF, XMP, density and
// the kept chunks of a PNG. IPTC has no place in a PNG: left out with a notice.
ByteVector png_with_metadata(ByteSpan encoded, const Metadata& metadata,
                             std::vector<std::string>& notices);

}  // namespace pawfect
