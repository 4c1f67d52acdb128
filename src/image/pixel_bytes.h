// The smallest file of the same container that decodes to the same pixels. Pure functions.
#pragma once

#include "image/bytes.h"
#include "image/file_parts.h"

namespace pawfect {

// Without metadata and without what stands behind the picture. Empty when the file itself is to be
// decoded: an animation (first frame), and a TIFF, which is copied only to have its alpha called
// straight where the file calls it premultiplied, so that the decoder leaves the numbers alone.
ByteVector pixel_bytes(const FileParts& parts, ByteSpan file);

}  // namespace pawfect
