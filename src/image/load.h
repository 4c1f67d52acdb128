// Reads a picture file into an upright Image, and remembers of the file all that is needed to write
// it back as it was: container, compression, profile, metadata. The loaders run libvips with every
// untrusted loader blocked and only the decoder that our own sniffer chose.
// Pure towards the caller; safe from several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/image.h"
#include "image/jpeg_coding.h"
#include "image/limits.h"
#include "image/metadata.h"
#include "image/sniff.h"

namespace pawfect {

// Compression scheme of a TIFF, when it is a lossless one that we can write again.
enum class TiffCompression : std::uint8_t { kNone, kPackBits, kLzw, kDeflate, kZstd };

// What the file was.
struct SourceInfo {
  Container container = Container::kPng;
  int stored_width = 0;  // before the orientation was applied
  int stored_height = 0;
  int orientation = 1;  // EXIF 1..8, already applied to the Image
  int channels = 0;     // as in ImageHeader
  int bits_per_sample = 8;
  bool was_palette = false;
  bool was_cmyk = false;  // the Image is then sRGB
  bool was_lossless = true;

  Metadata metadata;  // as found; saving corrects it. `metadata.icc` is the profile of the Image

  std::optional<JpegCoding> jpeg;  // of a JPEG: tables and sampling, to be used again
  // The file itself, of a JPEG: saving uses the blocks again that were not painted in. May be
  // dropped.
  std::shared_ptr<const ByteVector> jpeg_bytes;
  std::optional<int> jpeg_quality;  // 1..100, nearest quality of those tables
  ChromaSubsampling subsampling = ChromaSubsampling::kNone;
  std::optional<int> webp_quality;  // of a lossy WebP, 0..100, estimated from its quantiser
  TiffCompression tiff_compression = TiffCompression::kDeflate;
  bool is_premultiplied = false;  // TIFF: colours are stored multiplied by alpha, and kept so
};

struct LoadedImage {
  Image image;
  SourceInfo source;
  std::vector<std::string> notices;  // one line each, for the user
};

// Picture at `path`: 8 or 16 bit, 1..4 channels, upright. Palette and 1/2/4-bit pictures are
// expanded to 8 bit, CMYK is converted to sRGB through its profile. Errors (kBadInput): unreadable,
// refused by the sniffer, truncated or damaged, decoded size not as announced.
Result<LoadedImage> load_image(const std::filesystem::path& path, const ImageLimits& limits);

// The same from memory; `name` is the file or field for messages.
Result<LoadedImage> load_image_bytes(std::span<const std::uint8_t> file, std::string_view name,
                                     const ImageLimits& limits);

// Mask file as upright 8-bit levels, 1 channel: 16-bit samples are scaled by 1/257 and rounded,
// colour is weighed to luma (Rec. 709 on gamma-encoded values), alpha multiplies (transparent = 0),
// palette and 1-bit pictures expand so that white is 255. Errors as load_image.
Result<Image> load_grey(const std::filesystem::path& path, const ImageLimits& limits);
Result<Image> load_grey_bytes(std::span<const std::uint8_t> file, std::string_view name,
                              const ImageLimits& limits);

// Libvips' worker threads for the whole process (default 1). Returns false when libvips cannot
// start.
bool set_codec_threads(int threads);

}  // namespace pawfect
