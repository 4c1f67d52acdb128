// Writes pixels as a PNG, quickly: filters chosen row by row with plain loops that compilers
// vectorise, one pass of libdeflate. Three times as quick as libvips with libpng at the same size
// (docs/images.md). Pure functions.
#pragma once

#include "base/error.h"
#include "image/bytes.h"
#include "image/image.h"

namespace pawfect {

// Bytes of filtered rows up to which this encoder is used: it holds them all, and as much again.
// Larger pictures are streamed through libvips.
inline constexpr std::size_t kMostFilteredBytes = 256u * 1024 * 1024;

// The file's bytes without metadata; `level` 0..9 is libdeflate's. Error (kBug): no memory.
Result<ByteVector> encode_png_quickly(const Image& image, int level);

}  // namespace pawfect
