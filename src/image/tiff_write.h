// Puts metadata into a TIFF by giving it a new first directory. Pure functions.
#pragma once

#include "image/metadata.h"

namespace pawfect {

// `encoded` (a classic little-endian TIFF) with EXIF, density, ICC, XMP, IPTC and Photoshop
// resources. `is_premultiplied` says how its alpha is to be called.
ByteVector tiff_with_metadata(ByteVector encoded, const Metadata& metadata, bool is_premultiplied);

}  // namespace pawfect
