// Turns a picture file that has passed read_file_parts into pixels, through libvips. The decoder
// gets only the chunks that pixels are made from (PNG, JPEG, WebP), so that none of its metadata
// readers run. Safe from several threads at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/bytes.h"
#include "image/file_parts.h"
#include "image/image.h"

namespace pawfect {

// Pixels as stored (no orientation applied), palette and small depths expanded to 8 bits. CMYK is
// converted to sRGB through `icc` when that is a CMYK profile, else through libvips' own one; the
// Image then is RGB or RGBA. Minor damage that can be decoded over adds a notice. Errors
// (kBadInput): damaged, cut off, decoded size or kind not as the header announced.
Result<Image> decode_pixels(const FileParts& parts, ByteSpan file, ByteSpan icc,
                            std::string_view name, std::vector<std::string>& notices);

// The sRGB profile that libvips converts to.
ByteVector srgb_profile();

}  // namespace pawfect
