// The chunks of a WebP file (RFC 9649), found without decoding or copying them. Spans point into
// the file. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "image/bytes.h"
#include "image/limits.h"
#include "image/sniff.h"

namespace pawfect {

struct WebpParts {
  ImageHeader header;
  ByteSpan icc;
  ByteSpan exif;  // from its TIFF header on
  ByteSpan xmp;
  ByteSpan pixels;               // the whole "VP8 " or "VP8L" chunk
  ByteSpan alpha;                // the whole ALPH chunk, of a lossy picture
  std::optional<int> quantiser;  // 0..127 base index of a lossy picture
  std::size_t end = 0;           // first byte behind the RIFF
};

// True when the file is a RIFF of the form WEBP.
bool is_webp(ByteSpan file);

// `file` satisfies is_webp. Errors (kBadInput): damaged, truncated, canvas and frame of different
// size.
Result<WebpParts> read_webp_parts(ByteSpan file, std::string_view name, const ImageLimits& limits);

}  // namespace pawfect
