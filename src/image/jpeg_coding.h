// How a JPEG stores its pixels: quantisation, sampling, kind of scan; and what quality setting that
// amounts to. Value types; pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace pawfect {

using QuantisationTable = std::array<std::uint16_t, 64>;  // row by row; all zero: absent

struct JpegComponent {
  std::uint8_t id = 0, horizontal = 1, vertical = 1, table = 0;
  bool operator==(const JpegComponent&) const = default;
};

struct JpegCoding {
  int channels = 0;
  std::array<JpegComponent, 4> components{};
  std::array<QuantisationTable, 4> tables{};
  bool is_progressive = false;
  bool is_rgb = false;       // three channels stored as they are, not as YCbCr
  int restart_interval = 0;  // MCUs; 0: none
};

// kOther: 4:2:2, 4:4:0, 4:1:1, ...
enum class ChromaSubsampling : std::uint8_t { kNone, k420, kOther };

ChromaSubsampling subsampling_of(const JpegCoding& coding);

// The standard tables (ITU-T T.81, annex K.1 and K.2) scaled as the Independent JPEG Group's
// library does for `quality` 1..100: [0] luminance, [1] chrominance.
std::array<QuantisationTable, 2> ijg_tables(int quality);

// The quality whose standard tables come nearest to these: least sum of |log(file / standard)| over
// all entries, the low frequencies weighing most because they make a file's size: re-saved at this
// quality, photos with other tables stay within about a tenth of it. Empty when a table is missing.
std::optional<int> estimate_jpeg_quality(const JpegCoding& coding);

}  // namespace pawfect
