// IPTC records (IIM 4.2) and the Photoshop image resource block that carries them in JPEG and TIFF
// (Adobe Photoshop file formats, "Image Resource Blocks"). Pure functions.
#pragma once

#include <optional>

#include "image/bytes.h"

namespace pawfect {

// IIM records without those that name the place (city, sublocation, state, country, content
// location). Empty when the records are damaged.
std::optional<ByteVector> iptc_without_location(ByteSpan records);

// The resource block as it may be written with a changed picture: without thumbnails and without
// copies of EXIF and XMP; with strip_location its IPTC records stripped likewise (and their digest
// dropped). What follows a damaged resource is dropped.
ByteVector edited_photoshop(ByteSpan block, bool strip_location);

// IPTC records inside a resource block; empty when there are none.
ByteSpan iptc_of_photoshop(ByteSpan block);

// A resource block that holds just these records.
ByteVector photoshop_of_iptc(ByteSpan records);

}  // namespace pawfect
