// The chunks of a PNG file (PNG specification, third edition), found without decoding or copying
// them. Spans point into the file. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "image/bytes.h"
#include "image/limits.h"
#include "image/sniff.h"

namespace pawfect {

inline constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1A\n";

struct PngChunk {
  std::string_view type;  // four letters
  ByteSpan payload;
  ByteSpan whole;  // length, type, payload, CRC

  bool crc_is_right() const;
};

// Walks the chunks in order; stops at IEND, or before the first chunk that is cut off.
class PngChunks {
 public:
  explicit PngChunks(ByteSpan file) : file_(file), at_(kPngSignature.size()) {}
  std::optional<PngChunk> next();
  std::size_t position() const { return at_; }  // first byte that was not walked

 private:
  ByteSpan file_;
  std::size_t at_;
  bool is_done_ = false;
};

struct PngParts {
  ImageHeader header;
  ByteSpan icc;                // payload of iCCP
  ByteSpan exif;               // payload of eXIf
  ByteSpan xmp;                // payload of the iTXt chunk "XML:com.adobe.xmp"
  ByteSpan density;            // payload of pHYs (9 bytes)
  int stored_channels = 0;     // 1 for a palette
  std::size_t data_bytes = 0;  // of all IDAT chunks
  std::size_t end = 0;         // first byte behind IEND
};

// `file` begins with the signature. Errors (kBadInput): damaged, truncated, more chunks than any
// honest file has, a size over the limits.
Result<PngParts> read_png_parts(ByteSpan file, std::string_view name, const ImageLimits& limits);

// True for the chunks that the pixels are made from; a decoder needs no other.
bool makes_png_pixels(std::string_view type);

}  // namespace pawfect
