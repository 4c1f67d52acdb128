// The segments of a JPEG file (ITU-T T.81; JFIF 1.02; Adobe TN 5116), found without decoding or
// copying them. Spans point into the file. Pure functions.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "image/bytes.h"
#include "image/jpeg_coding.h"
#include "image/limits.h"
#include "image/sniff.h"

namespace pawfect {

inline constexpr std::string_view kJpegSignature = "\xFF\xD8\xFF";

struct JpegSegment {
  std::uint8_t marker = 0;  // second byte: 0xE1 is APP1
  ByteSpan payload;         // behind the length; empty for markers that stand alone
  ByteSpan whole;  // marker to the end of the payload; for a scan (0xDA) to the end of its data
};

// Walks the segments in order, from behind SOI to EOI; a scan's coded data belongs to its SOS
// segment. Stops before the first segment that is cut off.
class JpegSegments {
 public:
  explicit JpegSegments(ByteSpan file) : file_(file), at_(2) {}
  std::optional<JpegSegment> next();
  std::size_t position() const { return at_; }

 private:
  ByteSpan file_;
  std::size_t at_;
  bool is_done_ = false;
};

struct JpegParts {
  ImageHeader header;
  JpegCoding coding;
  std::size_t scan_bytes = 0;  // of all scans

  bool has_jfif = false;
  std::uint8_t density_unit = 0;  // JFIF: 0 aspect ratio only, 1 per inch, 2 per cm
  std::uint16_t density_x = 0, density_y = 0;
  std::optional<int> adobe_transform;  // of the Adobe segment: 0 none, 1 YCbCr, 2 YCCK

  ByteSpan exif;                         // from its TIFF header on
  ByteSpan xmp;                          // the packet
  std::array<ByteSpan, 256> icc{};       // chunk n at index n (1..icc_chunks)
  int icc_chunks = 0;                    // 0: none, or numbered wrongly
  std::array<ByteSpan, 16> photoshop{};  // image resource blocks, to be joined
  int photoshop_segments = 0;
  std::array<ByteSpan, 64> extended_xmp{};  // whole segments
  int extended_xmp_segments = 0;
  ByteSpan comment;
  std::size_t end = 0;  // first byte behind EOI
};

// `file` begins with the signature. Errors (kBadInput): damaged, truncated, a coding that is not
// baseline or progressive Huffman with 8 bits, more segments or scans than any honest file has.
Result<JpegParts> read_jpeg_parts(ByteSpan file, std::string_view name, const ImageLimits& limits);

// True for the segments that the pixels are made from (with JFIF and Adobe, which tell the colour
// space).
bool makes_jpeg_pixels(const JpegSegment& segment);

}  // namespace pawfect
