#include "image/jpeg_save.h"

#include <limits>
#include <optional>

#include "image/decode.h"
#include "image/file_parts.h"
#include "image/jpeg_blocks.h"
#include "image/jpeg_encode.h"

namespace pawfect {
namespace {

constexpr int kDefaultQuality = 92;
constexpr int kFineQuality = 90;  // from here on a new JPEG keeps full colour resolution

int quality_for(const SourceInfo& source, const SaveOptions& options) {
  return options.jpeg_quality.value_or(source.jpeg_quality.value_or(kDefaultQuality));
}

// The input's own coding where it fits the picture; else null.
const JpegCoding* own_coding(const Image& image, const SourceInfo& source) {
  const bool fits = source.jpeg && source.jpeg->channels == image.channels && source.jpeg_quality;
  return fits ? &*source.jpeg : nullptr;
}

JpegCoding coding_for(const Image& image, const SourceInfo& source, const SaveOptions& options) {
  const int quality = quality_for(source, options);
  if (const JpegCoding* own = own_coding(image, source)) {
    JpegCoding coding = *own;
    if (!options.jpeg_quality) return coding;
    // Sampling and kind of scan stay, the tables change.
    const JpegCoding standard = standard_coding(image.channels, quality, ChromaSubsampling::kNone);
    coding.tables = standard.tables;
    for (std::size_t i = 0; i < 4; ++i) coding.components[i].table = standard.components[i].table;
    return coding;
  }
  const bool is_fine = source.container == Container::kJpeg
                           ? source.subsampling == ChromaSubsampling::kNone
                           : quality >= kFineQuality;
  return standard_coding(image.channels, quality,
                         is_fine ? ChromaSubsampling::kNone : ChromaSubsampling::k420);
}

// The file's pixels are decoded again rather than kept all the time: it costs 10 ms a megapixel.
std::optional<ByteVector> with_kept_blocks(const Image& image, const SourceInfo& source,
                                           const SaveOptions& options) {
  const JpegCoding* own = own_coding(image, source);
  if (!own || !source.jpeg_bytes || options.jpeg_quality || source.orientation != 1) {
    return std::nullopt;
  }
  ImageLimits passed_before;
  passed_before.max_pixels = passed_before.max_bytes = std::numeric_limits<std::int64_t>::max();
  passed_before.max_side = std::numeric_limits<int>::max();
  const auto parts = read_file_parts(*source.jpeg_bytes, "photo", passed_before);
  if (!parts) return std::nullopt;
  std::vector<std::string> damage;
  const auto before = decode_pixels(*parts, *source.jpeg_bytes, {}, "photo", damage);
  if (!before || !damage.empty()) return std::nullopt;
  return encode_jpeg_keeping_blocks(*source.jpeg_bytes, *own, *before, image);
}

}  // namespace

Result<ByteVector> encode_as_jpeg(const Image& image, const SourceInfo& source,
                                  const SaveOptions& options) {
  if (auto kept = with_kept_blocks(image, source, options)) return std::move(*kept);
  auto encoded = encode_jpeg(image, coding_for(image, source, options));
  if (encoded) return encoded;
  // Some samplings can be read but not written (fractions such as 3 to 2).
  return encode_jpeg(image, standard_coding(image.channels, quality_for(source, options),
                                            ChromaSubsampling::kNone));
}

}  // namespace pawfect
