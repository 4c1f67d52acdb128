#include "image/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "image/pixel_bytes.h"
#include "image/vips_session.h"

namespace pawfect {
namespace {

constexpr int kRowsAtOnce = 64;

std::unexpected<Error> damaged(const ImageHeader& header, std::string_view name,
                               std::string_view what) {
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: the {} is damaged or cut off ({}); copy or export it again", name,
                          container_name(header.container), what));
}

VipsImageHandle open_with(Container container, ByteSpan bytes, VipsFailOn fail_on) {
  void* data = const_cast<std::uint8_t*>(bytes.data());  // libvips only reads there
  const std::size_t size = bytes.size();
  VipsImage* out = nullptr;
  int failed = -1;
  const auto options = [&](auto loader) {
    return loader(data, size, &out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, nullptr);
  };
  switch (container) {
    case Container::kPng:
      failed = options(vips_pngload_buffer);
      break;
    case Container::kJpeg:
      failed = options(vips_jpegload_buffer);
      break;
    case Container::kWebp:
      failed = options(vips_webpload_buffer);
      break;
    case Container::kTiff:
      failed = options(vips_tiffload_buffer);
      break;
  }
  return VipsImageHandle(failed == 0 ? out : nullptr);
}

// What the sniffer announced must be what the decoder is about to make.
bool is_as_announced(const VipsImage* in, const ImageHeader& header) {
  const bool is_wide = header.bits_per_sample == 16;
  const VipsBandFormat format = is_wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
  const int bands = vips_image_get_bands(in);
  const bool is_grey_palette =
      header.is_palette && bands == 1;  // libvips keeps a TIFF's grey palette grey
  return vips_image_get_width(in) == header.width && vips_image_get_height(in) == header.height &&
         vips_image_get_format(in) == format && (bands == header.channels || is_grey_palette);
}

bool is_cmyk_profile(ByteSpan icc) { return starts_with(part(icc, 16), "CMYK"); }

// The picture with its interpretation made sure of and no profile but `icc`, where that is not
// empty.
VipsImageHandle as_cmyk(VipsImage* in, ByteSpan icc) {
  VipsImage* out = nullptr;
  if (vips_copy(in, &out, "interpretation", VIPS_INTERPRETATION_CMYK, nullptr) != 0) return nullptr;
  vips_image_remove(out, VIPS_META_ICC_NAME);
  if (!icc.empty()) vips_image_set_blob_copy(out, VIPS_META_ICC_NAME, icc.data(), icc.size());
  return VipsImageHandle(out);
}

// Through the profile, or through libvips' own where there is none.
VipsImageHandle cmyk_to_srgb(VipsImage* in, ByteSpan icc, int bits) {
  const VipsImageHandle named = as_cmyk(in, icc);
  if (!named) return nullptr;
  VipsImage* out = nullptr;
  const int failed = vips_icc_transform(named.get(), &out, "srgb", "embedded",
                                        gboolean(!icc.empty()), "input_profile", "cmyk", "depth",
                                        bits, "intent", VIPS_INTENT_PERCEPTUAL, nullptr);
  return VipsImageHandle(failed == 0 ? out : nullptr);
}

// A profile that the colour engine refuses must not cost the picture.
VipsImageHandle cmyk_to_srgb_somehow(VipsImage* in, ByteSpan icc, int bits) {
  if (is_cmyk_profile(icc)) {
    if (VipsImageHandle out = cmyk_to_srgb(in, icc, bits)) return out;
    vips_error_clear();
  }
  return cmyk_to_srgb(in, {}, bits);
}

// Pulls the pixels row by row out of the pipeline into our own buffer: no second copy, no worker
// thread.
Result<Image> copy_rows(VipsImage* in, const ImageHeader& header, std::string_view name) {
  const SampleDepth depth =
      vips_image_get_format(in) == VIPS_FORMAT_USHORT ? SampleDepth::k16 : SampleDepth::k8;
  const int bands = vips_image_get_bands(in);
  if (bands < 1 || bands > 4) return damaged(header, name, fmt::format("{} channels", bands));
  Image image(header.width, header.height, bands, depth);
  const std::size_t row_bytes = std::size_t(image.width) * std::size_t(image.bytes_per_pixel());
  const VipsRegionHandle region(vips_region_new(in));
  for (int y = 0; y < image.height; y += kRowsAtOnce) {
    const VipsRect rows{0, y, image.width, std::min(kRowsAtOnce, image.height - y)};
    if (vips_region_prepare(region.get(), &rows) != 0)
      return damaged(header, name, take_vips_error());
    for (int row = y; row < y + rows.height; ++row) {
      std::memcpy(image.bytes.data() + row_bytes * std::size_t(row),
                  VIPS_REGION_ADDR(region.get(), 0, row), row_bytes);
    }
  }
  return image;
}

Result<Image> decode_once(const ImageHeader& header, ByteSpan bytes, ByteSpan icc,
                          std::string_view name, VipsFailOn fail_on) {
  vips_error_clear();
  VipsImageHandle in = open_with(header.container, bytes, fail_on);
  if (!in) return damaged(header, name, take_vips_error());
  if (!is_as_announced(in.get(), header)) {
    return damaged(
        header, name,
        fmt::format("it decodes to {} x {} pixels of {} channels, not to {} x {} of {}",
                    vips_image_get_width(in.get()), vips_image_get_height(in.get()),
                    vips_image_get_bands(in.get()), header.width, header.height, header.channels));
  }
  if (header.is_cmyk) {
    in = cmyk_to_srgb_somehow(in.get(), icc, header.bits_per_sample);
    if (!in) return damaged(header, name, take_vips_error());
  }
  return copy_rows(in.get(), header, name);
}

}  // namespace

// libjpeg calls everything from a stray byte between segments (some cameras) to a scrambled block a
// warning. So a JPEG that warns is decoded again without heed of warnings, and the user is told.
Result<Image> decode_pixels(const FileParts& parts, ByteSpan file, ByteSpan icc,
                            std::string_view name, std::vector<std::string>& notices) {
  if (auto started = start_vips(); !started) return std::unexpected(started.error());
  const ImageHeader& header = parts.header();
  const ByteVector only_pixels = pixel_bytes(parts, file);
  const ByteSpan bytes = only_pixels.empty() ? file : ByteSpan(only_pixels);
  if (header.container != Container::kJpeg) {
    return decode_once(header, bytes, icc, name, VIPS_FAIL_ON_ERROR);
  }
  auto strict = decode_once(header, bytes, icc, name, VIPS_FAIL_ON_WARNING);
  if (strict) return strict;
  auto lenient = decode_once(header, bytes, icc, name, VIPS_FAIL_ON_ERROR);
  if (lenient) {
    notices.push_back("the JPEG has minor damage, parts of it may look wrong: " +
                      strict.error().message);
  }
  return lenient;
}

ByteVector srgb_profile() {
  if (!start_vips()) return {};
  VipsBlob* blob = nullptr;
  if (vips_profile_load("srgb", &blob, nullptr) != 0 || !blob) return {};
  std::size_t size = 0;
  const auto* data = static_cast<const std::uint8_t*>(vips_blob_get(blob, &size));
  ByteVector out(data, data + size);
  vips_area_unref(VIPS_AREA(blob));
  return out;
}

}  // namespace pawfect
