#include "image/webp_write.h"

#include <fmt/format.h>
#include <webp/encode.h>

#include <memory>

#include "image/iptc.h"
#include "image/webp_parts.h"

namespace pawfect {
namespace {

constexpr int kLosslessLevel = 3;  // 0..9; docs/images.md tells what each costs

struct Picture {
  WebPPicture of{};
  Picture() { WebPPictureInit(&of); }
  ~Picture() { WebPPictureFree(&of); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
};

int append_to(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
  append(*static_cast<ByteVector*>(picture->custom_ptr), ByteSpan(data, size));
  return 1;
}

// Grey as RGB, grey with alpha as RGBA.
Image coloured(const Image& grey) {
  Image out(grey.width, grey.height, grey.channels + 2, grey.depth);
  const std::uint8_t* from = grey.bytes.data();
  for (std::size_t i = 0; i < out.bytes.size(); i += std::size_t(out.channels)) {
    out.bytes[i] = out.bytes[i + 1] = out.bytes[i + 2] = from[0];
    if (out.channels == 4) out.bytes[i + 3] = from[1];
    from += grey.channels;
  }
  return out;
}

bool import(WebPPicture& picture, const Image& image) {
  const int stride = image.width * image.channels;
  return image.channels == 4 ? WebPPictureImportRGBA(&picture, image.bytes.data(), stride)
                             : WebPPictureImportRGB(&picture, image.bytes.data(), stride);
}

void append_chunk(ByteVector& out, std::string_view type, ByteSpan payload) {
  if (payload.empty()) return;
  append(out, type);
  append_number(out, std::uint32_t(payload.size()), 4, ByteOrder::kLittle);
  append(out, payload);
  if (payload.size() & 1) out.push_back(0);
}

void append_whole(ByteVector& out, ByteSpan chunk) {
  append(out, chunk);
  if (chunk.size() & 1) out.push_back(0);
}

}  // namespace

Result<ByteVector> encode_webp(const Image& image, std::optional<int> quality) {
  if (image.channels < 3) return encode_webp(coloured(image), quality);
  WebPConfig config;
  bool is_good = WebPConfigInit(&config);
  if (quality) {
    config.quality = float(*quality);
  } else {
    is_good = is_good && WebPConfigLosslessPreset(&config, kLosslessLevel);
  }
  config.exact = 1;

  ByteVector out;
  Picture picture;
  picture.of.use_argb = quality ? 0 : 1;
  picture.of.width = image.width;
  picture.of.height = image.height;
  picture.of.writer = append_to;
  picture.of.custom_ptr = &out;
  is_good = is_good && import(picture.of, image) && WebPEncode(&config, &picture.of);
  if (!is_good) {
    return fail(ErrorCode::kBug, fmt::format("the WebP cannot be written: libwebp error {}",
                                             int(picture.of.error_code)));
  }
  return out;
}

ByteVector webp_with_metadata(ByteSpan encoded, const Metadata& metadata,
                              std::vector<std::string>& notices) {
  if (!metadata.iptc.empty() || !iptc_of_photoshop(metadata.photoshop).empty()) {
    notices.push_back("IPTC left out: a WebP has no place for it");
  }
  const auto parts =
      read_webp_parts(encoded, "WebP", ImageLimits{.max_pixels = INT64_MAX, .max_side = 16'383});
  const bool has_metadata =
      !metadata.icc.empty() || !metadata.exif.empty() || !metadata.xmp.empty();
  if (!parts || !has_metadata) return {encoded.begin(), encoded.end()};

  // Extended header: flags, three reserved bytes, canvas width - 1 and height - 1 (RFC 9649, 2.7).
  ByteVector header(4);
  if (!metadata.icc.empty()) header[0] |= 0x20;
  if (parts->header.channels == 4) header[0] |= 0x10;
  if (!metadata.exif.empty()) header[0] |= 0x08;
  if (!metadata.xmp.empty()) header[0] |= 0x04;
  append_number(header, std::uint32_t(parts->header.width - 1), 3, ByteOrder::kLittle);
  append_number(header, std::uint32_t(parts->header.height - 1), 3, ByteOrder::kLittle);

  ByteVector out;
  append(out, std::string_view("RIFF\0\0\0\0WEBP", 12));
  append_chunk(out, "VP8X", header);
  append_chunk(out, "ICCP", metadata.icc);
  if (!parts->alpha.empty()) append_whole(out, parts->alpha);
  append_whole(out, parts->pixels);
  append_chunk(out, "EXIF", metadata.exif);
  append_chunk(out, "XMP ", metadata.xmp);
  put_number(out, 4, std::uint32_t(out.size() - 8), 4, ByteOrder::kLittle);
  return out;
}

}  // namespace pawfect
