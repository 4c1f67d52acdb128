// Writes pixels as a JPEG with given quantisation tables and sampling, through the libjpeg that
// libvips uses too (libvips itself offers neither own tables nor 4:2:2). Safe from several threads
// at once.
#pragma once

#include "base/error.h"
#include "image/bytes.h"
#include "image/image.h"
#include "image/jpeg_coding.h"

namespace pawfect {

// The file's bytes, with a JFIF segment and no metadata. `image`: 8 bits, 1 or 3 channels, at most
// 65535 a side; `coding.channels` the same. Error (kBug): libjpeg refuses (a sampling that it
// cannot write, no memory).
Result<ByteVector> encode_jpeg(const Image& image, const JpegCoding& coding);

// Standard coding of a quality 1..100, baseline; colour stored as YCbCr with 4:4:4 or 4:2:0.
JpegCoding standard_coding(int channels, int quality, ChromaSubsampling subsampling);

}  // namespace pawfect
