// What a picture file carries beside its pixels, taken out of its container so that it can be put
// into another. Blobs are empty when absent. Value types; pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/bytes.h"
#include "image/file_parts.h"

namespace pawfect {

enum class DensityUnit : std::uint8_t {
  kNone,
  kInch,
  kCentimetre,
  kMetre
};  // kNone: only the ratio

struct Density {  // pixels per unit
  DensityUnit unit = DensityUnit::kNone;
  double x = 1, y = 1;
};

struct Metadata {
  ByteVector icc;
  ByteVector exif;          // from its TIFF header on; of a TIFF file: its describing entries
  ByteVector xmp;           // the packet
  ByteVector iptc;          // IIM records, when they stand alone (TIFF)
  ByteVector photoshop;     // image resource block, which may hold IPTC too
  ByteVector extended_xmp;  // JPEG: whole APP1 segments
  ByteVector comment;       // JPEG
  ByteVector
      png_chunks;  // PNG: whole chunks to be kept as they are (text, time, gAMA, cHRM, sRGB, ...)
  std::optional<Density> density;
};

// Metadata of a file that has passed read_file_parts. What is damaged or over its limit is left out
// with a notice (one line each).
Metadata read_metadata(const FileParts& parts, ByteSpan file, std::vector<std::string>& notices);

struct MetadataEdits {
  int width = 0;  // of the upright picture, pixels
  int height = 0;
  bool is_turned = false;  // the orientation exchanged width and height
  bool strip_location = false;
};

// The metadata as it may go with the upright, changed picture: orientation 1, no thumbnails,
// dimensions right, nothing that describes dropped data; with strip_location no place. What cannot
// be corrected is left out with a notice.
Metadata edited_metadata(Metadata metadata, const MetadataEdits& edits,
                         std::vector<std::string>& notices);

// The metadata without the blobs in which other programs would find a document (foreign.h) if they
// came to stand where those look; a notice names each.
Metadata without_documents(Metadata metadata, std::vector<std::string>& notices);

}  // namespace pawfect
