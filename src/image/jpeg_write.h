// Puts metadata into a JPEG. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "image/metadata.h"

namespace pawfect {

// `encoded` (a JPEG without metadata) with these segments behind SOI: JFIF with the density, EXIF,
// XMP, ICC (in parts), Photoshop resources, comment. What does not fit into a segment is left out
// with a notice.
ByteVector jpeg_with_metadata(ByteSpan encoded, const Metadata& metadata,
                              std::vector<std::string>& notices);

}  // namespace pawfect
