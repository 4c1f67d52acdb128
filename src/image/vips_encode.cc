#include "image/vips_encode.h"

#include <fmt/format.h>

#include "image/vips_session.h"

namespace pawfect {
namespace {

// A libvips view of our pixels; nothing is copied, so `image` must outlive it.
VipsImageHandle view_of(const Image& image) {
  const bool is_wide = image.depth == SampleDepth::k16;
  VipsImage* raw =
      vips_image_new_from_memory(image.bytes.data(), image.bytes.size(), image.width, image.height,
                                 image.channels, is_wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
  if (!raw) return nullptr;
  const VipsImageHandle owned(raw);
  const bool is_colour = image.channels >= 3;
  const VipsInterpretation meaning =
      is_wide ? (is_colour ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_GREY16)
              : (is_colour ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W);
  VipsImage* out = nullptr;
  const int failed = vips_copy(raw, &out, "interpretation", meaning, nullptr);
  return VipsImageHandle(failed == 0 ? out : nullptr);
}

std::unexpected<Error> cannot_write(std::string_view kind) {
  return fail(ErrorCode::kBug,
              fmt::format("the {} cannot be written: {}", kind, take_vips_error()));
}

ByteVector taken(void* data, std::size_t size) {
  const GlibBuffer owned(data);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  return {bytes, bytes + size};
}

VipsForeignTiffCompression vips_name(TiffCompression compression) {
  switch (compression) {
    case TiffCompression::kNone:
      return VIPS_FOREIGN_TIFF_COMPRESSION_NONE;
    case TiffCompression::kPackBits:
      return VIPS_FOREIGN_TIFF_COMPRESSION_PACKBITS;
    case TiffCompression::kLzw:
      return VIPS_FOREIGN_TIFF_COMPRESSION_LZW;
    case TiffCompression::kZstd:
      return VIPS_FOREIGN_TIFF_COMPRESSION_ZSTD;
    case TiffCompression::kDeflate:
      break;
  }
  return VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE;
}

}  // namespace

Result<ByteVector> encode_png(const Image& image, int compression) {
  if (auto started = start_vips(); !started) return std::unexpected(started.error());
  vips_error_clear();
  const VipsImageHandle in = view_of(image);
  void* data = nullptr;
  std::size_t size = 0;
  const int failed =
      in ? vips_pngsave_buffer(in.get(), &data, &size, "compression", compression, "filter",
                               VIPS_FOREIGN_PNG_FILTER_ALL, "strip", TRUE, nullptr)
         : -1;
  if (failed != 0) return cannot_write("PNG");
  return taken(data, size);
}

Result<ByteVector> encode_tiff(const Image& image, TiffCompression compression) {
  if (auto started = start_vips(); !started) return std::unexpected(started.error());
  vips_error_clear();
  const VipsImageHandle in = view_of(image);
  void* data = nullptr;
  std::size_t size = 0;
  const bool has_predictor =
      compression != TiffCompression::kNone && compression != TiffCompression::kPackBits;
  const int failed =
      in ? vips_tiffsave_buffer(in.get(), &data, &size, "compression", vips_name(compression),
                                "predictor",
                                has_predictor ? VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL
                                              : VIPS_FOREIGN_TIFF_PREDICTOR_NONE,
                                "strip", TRUE, nullptr)
         : -1;
  if (failed != 0) return cannot_write("TIFF");
  return taken(data, size);
}

}  // namespace pawfect
