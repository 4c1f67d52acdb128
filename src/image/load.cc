#include "image/load.h"

#include <fmt/format.h>

#include <cmath>

#include "image/decode.h"
#include "image/exif.h"
#include "image/file_parts.h"
#include "image/grey.h"
#include "image/orient.h"
#include "image/read_file.h"
#include "image/reduce.h"

namespace pawfect {
namespace {

// libwebp turns quality into a quantiser index by 127 * (1 - cube root of f), f linear in the
// quality with a knee at 75 (QualityToCompression in src/enc/quant_enc.c); this is its inverse.
int webp_quality_of(int quantiser) {
  const double compression = 1.0 - quantiser / 127.0;
  const double linear = compression * compression * compression;
  const double quality = linear < 0.5 ? linear * 1.5 : (linear + 1) / 2;
  return int(std::lround(100 * quality));
}

TiffCompression kept_compression(int compression) {
  switch (compression) {
    case 1:
      return TiffCompression::kNone;
    case 5:
      return TiffCompression::kLzw;
    case 32773:
      return TiffCompression::kPackBits;
    case 50000:
      return TiffCompression::kZstd;
    default:
      return TiffCompression::kDeflate;
  }
}

void describe(const PngParts&, ByteSpan, SourceInfo&) {}

void describe(const JpegParts& parts, ByteSpan file, SourceInfo& source) {
  if (!parts.header.is_cmyk)
    source.jpeg_bytes = std::make_shared<ByteVector>(file.begin(), file.end());
  source.jpeg = parts.coding;
  source.jpeg_quality = estimate_jpeg_quality(parts.coding);
  source.subsampling = subsampling_of(parts.coding);
}

void describe(const WebpParts& parts, ByteSpan, SourceInfo& source) {
  if (parts.quantiser) source.webp_quality = webp_quality_of(*parts.quantiser);
}

void describe(const TiffParts& parts, ByteSpan, SourceInfo& source) {
  source.tiff_compression = kept_compression(parts.compression);
  source.is_premultiplied = parts.extra_sample == 1;
}

int orientation_of(const FileParts& parts, const Metadata& metadata) {
  if (const auto* tiff = std::get_if<TiffParts>(&parts.of)) return tiff->orientation;
  return exif_orientation(metadata.exif);
}

SourceInfo describe_source(const FileParts& parts, ByteSpan file,
                           std::vector<std::string>& notices) {
  const ImageHeader& header = parts.header();
  SourceInfo source;
  source.container = header.container;
  source.stored_width = header.width;
  source.stored_height = header.height;
  source.channels = header.channels;
  source.bits_per_sample = header.bits_per_sample;
  source.was_palette = header.is_palette;
  source.was_cmyk = header.is_cmyk;
  source.was_lossless = header.is_lossless;
  source.metadata = read_metadata(parts, file, notices);
  source.orientation = orientation_of(parts, source.metadata);
  std::visit([&](const auto& of) { describe(of, file, source); }, parts.of);
  return source;
}

}  // namespace

Result<LoadedImage> load_image_bytes(std::span<const std::uint8_t> file,
                                     std::string_view name_of_file, const ImageLimits& limits) {
  const std::string name = for_message(name_of_file);
  const auto parts = read_file_parts(file, name, limits);
  if (!parts) return std::unexpected(parts.error());

  LoadedImage out;
  out.source = describe_source(*parts, file, out.notices);
  if (parts->header().frames > 1) {
    out.notices.push_back(
        fmt::format("only the first of {} frames is read", parts->header().frames));
  }
  if (parts->end < file.size()) {
    out.notices.push_back(
        fmt::format("{} bytes behind the picture (such as a motion photo or a gain map) are left "
                    "out",
                    file.size() - parts->end));
  }
  auto stored = decode_pixels(*parts, file, out.source.metadata.icc, name, out.notices);
  if (!stored) return std::unexpected(stored.error());
  if (out.source.was_cmyk) {
    out.source.metadata.icc = srgb_profile();
    out.source.jpeg.reset();  // its tables were made for four inks
    out.notices.push_back("CMYK was converted to sRGB");
  }
  out.image = upright(std::move(*stored), out.source.orientation);
  return out;
}

Result<LoadedImage> load_image(const std::filesystem::path& path, const ImageLimits& limits) {
  const auto file = read_file(path, limits.max_bytes);
  if (!file) return std::unexpected(file.error());
  return load_image_bytes(*file, path.string(), limits);
}

Result<Image> load_grey_bytes(std::span<const std::uint8_t> file, std::string_view name,
                              const ImageLimits& limits) {
  auto loaded = load_image_bytes(file, name, limits);
  if (!loaded) return std::unexpected(loaded.error());
  if (!loaded->source.is_premultiplied) return grey_levels(loaded->image);
  return grey_levels(with_straight_alpha(std::move(loaded->image)));
}

Result<Image> load_grey(const std::filesystem::path& path, const ImageLimits& limits) {
  const auto file = read_file(path, limits.max_bytes);
  if (!file) return std::unexpected(file.error());
  return load_grey_bytes(*file, path.string(), limits);
}

}  // namespace pawfect
