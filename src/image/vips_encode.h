// Writes pixels as PNG or TIFF through libvips, without metadata. Safe from several threads at
// once.
#pragma once

#include "base/error.h"
#include "image/bytes.h"
#include "image/image.h"
#include "image/load.h"

namespace pawfect {

// `compression` is zlib's level 0..9. Error (kBug): libvips refuses.
Result<ByteVector> encode_png(const Image& image, int compression);

// Classic TIFF in the machine's byte order, in strips.
Result<ByteVector> encode_tiff(const Image& image, TiffCompression compression);

}  // namespace pawfect
