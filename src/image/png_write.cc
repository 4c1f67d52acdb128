#include "image/png_write.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "image/iptc.h"
#include "image/png_parts.h"
#include "image/zlib_bytes.h"

namespace pawfect {
namespace {

using namespace std::string_view_literals;

// pHYs: pixels per unit across and down, unit 1 = metre, 0 = only the ratio.
void append_density(ByteVector& out, const Density& density) {
  double scale = 1;
  if (density.unit == DensityUnit::kInch) scale = 1 / 0.0254;
  if (density.unit == DensityUnit::kCentimetre) scale = 100;
  const auto rounded = [&](double value) {
    return std::uint32_t(std::clamp(std::round(value * scale), 1.0, 2147483647.0));
  };
  ByteVector payload;
  append_number(payload, rounded(density.x), 4, ByteOrder::kBig);
  append_number(payload, rounded(density.y), 4, ByteOrder::kBig);
  payload.push_back(density.unit == DensityUnit::kNone ? 0 : 1);
  append_png_chunk(out, "pHYs", payload);
}

void append_metadata(ByteVector& out, const Metadata& metadata) {
  if (!metadata.icc.empty()) {
    ByteVector payload;
    append(payload, "ICC profile\0\0"sv);  // name, its end, method 0
    append(payload, deflated(metadata.icc));
    append_png_chunk(out, "iCCP", payload);
  }
  append(out, metadata.png_chunks);
  if (metadata.density) append_density(out, *metadata.density);
  if (!metadata.exif.empty()) append_png_chunk(out, "eXIf", metadata.exif);
  if (!metadata.xmp.empty()) {
    ByteVector payload;
    append(payload,
           "XML:com.adobe.xmp\0\0\0\0\0"sv);  // keyword, its end, not packed, no language, no title
    append(payload, metadata.xmp);
    append_png_chunk(out, "iTXt", payload);
  }
}

}  // namespace

void append_png_chunk(ByteVector& out, std::string_view type, ByteSpan payload) {
  const std::size_t at = out.size();
  append_number(out, std::uint32_t(payload.size()), 4, ByteOrder::kBig);
  append(out, type);
  append(out, payload);
  const auto crc = ::crc32_z(0, out.data() + at + 4, payload.size() + 4);
  append_number(out, std::uint32_t(crc), 4, ByteOrder::kBig);
}

ByteVector png_with_metadata(ByteSpan encoded, const Metadata& metadata,
                             std::vector<std::string>& notices) {
  if (!metadata.iptc.empty() || !iptc_of_photoshop(metadata.photoshop).empty()) {
    notices.push_back("IPTC left out: a PNG has no place for it");
  }
  ByteVector out;
  out.reserve(encoded.size() + metadata.icc.size() + metadata.exif.size() + metadata.xmp.size() +
              metadata.png_chunks.size() + 1024);
  append(out, kPngSignature);
  PngChunks chunks(encoded);
  while (const auto chunk = chunks.next()) {
    if (makes_png_pixels(chunk->type)) append(out, chunk->whole);
    if (chunk->type == "IHDR") append_metadata(out, metadata);
  }
  return out;
}

}  // namespace pawfect
