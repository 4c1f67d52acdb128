// Reads and corrects an EXIF block (a TIFF structure: CIPA DC-008) in place: nothing that stays is
// moved, so that maker notes, whose inner offsets count from the start of the block, stay readable.
// Blocks begin with the TIFF header ("II" or "MM"). Pure functions.
#pragma once

#include <optional>

#include "image/bytes.h"

namespace pawfect {

// Blocks over this many bytes are not kept (a JPEG cannot hold more than 64 KiB).
inline constexpr std::size_t kMaxExifBytes = 1024 * 1024;

struct ExifEdits {
  int width = 0;  // of the upright picture, pixels
  int height = 0;
  bool strip_location = false;
};

// 1..8; 1 when the tag is absent, damaged or out of range.
int exif_orientation(ByteSpan exif);

// The block with orientation 1, the pixel dimensions (where tags for them exist) corrected and
// without thumbnail; with strip_location also without GPS directory and GeoTIFF tags, their bytes
// zeroed. Empty when its first directory cannot be read, or directories overlap.
std::optional<ByteVector> edited_exif(ByteSpan exif, const ExifEdits& edits);

}  // namespace pawfect
