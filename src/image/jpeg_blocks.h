// Writes a changed JPEG so that what was not changed stays as it was: every block of 8 x 8 samples
// that no changed pixel lies in keeps the very coefficients of the original file, and so decodes to
// the same samples. Only the blocks that were painted in are coded anew, with the same tables. Safe
// from several threads at once.
#pragma once

#include <optional>

#include "image/bytes.h"
#include "image/image.h"
#include "image/jpeg_coding.h"

namespace pawfect {

// The coded picture `after`, without metadata. `original` is a JPEG of which `before` are the
// decoded pixels as stored (orientation not applied), `coding` how it is stored. Pixels outside the
// changed blocks come out as in `before`, but for a border of one chroma sample round them where
// chroma is subsampled, since decoders interpolate it. Empty when blocks cannot be kept: another
// size, depth or channel count, tables that change within the file, a sampling that libjpeg cannot
// write, damage; then encode_jpeg is to be used.
std::optional<ByteVector> encode_jpeg_keeping_blocks(ByteSpan original, const JpegCoding& coding,
                                                     const Image& before, const Image& after);

}  // namespace pawfect
