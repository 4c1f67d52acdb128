// Writes pixels as a WebP through libwebp (libvips before 8.17 cannot keep the colours of fully
// transparent pixels in a lossless WebP), and puts metadata into it. Safe from several threads at
// once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/image.h"
#include "image/metadata.h"

namespace pawfect {

// The file's bytes without metadata. `image`: 8 bits, any channels (grey is written as RGB), at
// most 16383 a side. `quality` 0..100 makes it lossy; none: lossless, every sample kept. Error
// (kBug): libwebp refuses.
Result<ByteVector> encode_webp(const Image& image, std::optional<int> quality);

// `encoded` (a WebP) with ICC, EXIF and XMP. IPTC has no place in it: left out with a notice.
ByteVector webp_with_metadata(ByteSpan encoded, const Metadata& metadata,
                              std::vector<std::string>& notices);

}  // namespace pawfect
