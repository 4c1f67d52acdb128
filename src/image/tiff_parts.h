// The first directory of a TIFF file (TIFF 6.0; technical notes 1 and 2), found without decoding or
// copying pixels. Spans point into the file. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "image/bytes.h"
#include "image/limits.h"
#include "image/sniff.h"

namespace pawfect {

namespace tiff_tag {
inline constexpr std::uint16_t kSubfileType = 254, kWidth = 256, kHeight = 257,
                               kBitsPerSample = 258, kCompression = 259, kPhotometric = 262,
                               kStripOffsets = 273, kOrientation = 274, kSamplesPerPixel = 277,
                               kRowsPerStrip = 278, kStripByteCounts = 279, kXResolution = 282,
                               kYResolution = 283, kPlanar = 284, kResolutionUnit = 296,
                               kColourMap = 320, kTileWidth = 322, kTileHeight = 323,
                               kTileOffsets = 324, kTileByteCounts = 325, kSubDirectories = 330,
                               kExtraSamples = 338, kSampleFormat = 339, kXmp = 700, kIptc = 33723,
                               kPhotoshop = 34377, kExif = 34665, kIcc = 34675, kGps = 34853,
                               kDngVersion = 50706;
}  // namespace tiff_tag

// One entry of a directory. `value` is where the numbers stand, inside the entry or elsewhere.
struct TiffEntry {
  std::uint16_t tag = 0, type = 0;
  std::uint32_t count = 0;
  ByteSpan value;
  std::size_t value_at = 0;  // offset of `value`
};

// A TIFF structure (a TIFF file, or an EXIF block) with its byte order. Entries are read on
// request.
class TiffView {
 public:
  // Empty when the 8-byte header is not that of a classic TIFF.
  static std::optional<TiffView> open(ByteSpan bytes);

  ByteOrder order() const { return order_; }
  ByteSpan bytes() const { return bytes_; }
  std::uint32_t first_directory() const { return first_; }

  // Entries in the directory at `offset`; empty when the table does not lie inside the bytes.
  std::optional<int> entry_count(std::uint32_t offset) const;
  // Entry `index` of that table. Its value is empty when it lies outside the bytes or its type is
  // unknown.
  TiffEntry entry(std::uint32_t offset, int index) const;
  std::optional<TiffEntry> find(std::uint32_t offset, std::uint16_t tag) const;
  // Offset of the directory that follows; 0: none.
  std::uint32_t next_directory(std::uint32_t offset) const;

  // Number `index` of an entry of BYTE, SHORT or LONG (or their signed twins); empty when not
  // there.
  std::optional<std::uint32_t> number(const TiffEntry& entry, std::uint32_t index = 0) const;
  // Quotient of a RATIONAL; empty when not there or its denominator is 0.
  std::optional<double> rational(const TiffEntry& entry) const;

 private:
  TiffView(ByteSpan bytes, ByteOrder order, std::uint32_t first)
      : bytes_(bytes), order_(order), first_(first) {}

  ByteSpan bytes_;
  ByteOrder order_;
  std::uint32_t first_;
};

// Bytes of one value of a TIFF type (1..13); 0 when the type is unknown.
int tiff_type_size(std::uint16_t type);

struct TiffParts {
  ImageHeader header;
  int compression = 1;
  int orientation = 1;
  std::optional<int>
      extra_sample;  // meaning of the alpha: 0 unspecified, 1 premultiplied, 2 straight
  std::size_t extra_sample_at = 0;      // offset of that number (SHORT)
  int density_unit = 0;                 // 0 unknown, 1 none, 2 inch, 3 cm
  double density_x = 0, density_y = 0;  // 0: not told
  ByteSpan icc, xmp, iptc, photoshop;
  std::size_t end = 0;  // of the file: a TIFF has no end marker
};

bool is_tiff(ByteSpan file);  // also a BigTIFF
bool is_big_tiff(ByteSpan file);

// `file` satisfies is_tiff. Errors (kBadInput): damaged, truncated, a BigTIFF, camera raw, or a
// kind of pixel that we do not read (float, signed, CIELAB, over 16 bits, ...).
Result<TiffParts> read_tiff_parts(ByteSpan file, std::string_view name, const ImageLimits& limits);

}  // namespace pawfect
