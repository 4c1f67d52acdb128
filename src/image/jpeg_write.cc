#include "image/jpeg_write.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "image/iptc.h"
#include "image/jpeg_parts.h"

namespace pawfect {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxPayload = 65'533;  // a segment's length counts its own two bytes

void append_segment(ByteVector& out, std::uint8_t marker, std::string_view prefix, ByteSpan data) {
  out.push_back(0xFF);
  out.push_back(marker);
  append_number(out, std::uint32_t(prefix.size() + data.size() + 2), 2, ByteOrder::kBig);
  append(out, prefix);
  append(out, data);
}

void append_limited(ByteVector& out, std::uint8_t marker, std::string_view prefix, ByteSpan data,
                    std::string_view what, std::vector<std::string>& notices) {
  if (data.empty()) return;
  if (prefix.size() + data.size() > kMaxPayload) {
    notices.push_back(
        fmt::format("{} left out: its {} bytes do not fit into a JPEG", what, data.size()));
    return;
  }
  append_segment(out, marker, prefix, data);
}

// JFIF 1.02: version, unit, densities (16 bits each), no thumbnail. A metre has no place here:
// inches.
void append_jfif(ByteVector& out, const std::optional<Density>& density) {
  std::uint8_t unit = 0;
  double x = 1, y = 1, scale = 1;
  if (density) {
    x = density->x;
    y = density->y;
    if (density->unit == DensityUnit::kInch) unit = 1;
    if (density->unit == DensityUnit::kCentimetre) unit = 2;
    if (density->unit == DensityUnit::kMetre) {
      unit = 1;
      scale = 0.0254;
    }
  }
  const auto rounded = [&](double value) {
    return std::uint32_t(std::clamp(std::round(value * scale), 1.0, 65'535.0));
  };
  ByteVector data = {1, 2, unit};
  append_number(data, rounded(x), 2, ByteOrder::kBig);
  append_number(data, rounded(y), 2, ByteOrder::kBig);
  append(data, "\0\0"sv);
  append_segment(out, 0xE0, "JFIF\0"sv, data);
}

void append_icc(ByteVector& out, ByteSpan icc) {
  constexpr std::size_t kPart = kMaxPayload - 14;
  const std::size_t count = (icc.size() + kPart - 1) / kPart;
  if (count > 255) return;  // 16 MiB; read_metadata keeps less
  for (std::size_t i = 0; i < count; ++i) {
    ByteVector data = {std::uint8_t(i + 1), std::uint8_t(count)};
    append(data, part(icc, i * kPart, kPart));
    append_segment(out, 0xE2, "ICC_PROFILE\0"sv, data);
  }
}

// A block longer than a segment goes on in the next, each with the same prefix.
void append_photoshop(ByteVector& out, ByteSpan block) {
  constexpr auto kPrefix = "Photoshop 3.0\0"sv;
  constexpr std::size_t kPart = kMaxPayload - kPrefix.size();
  for (std::size_t at = 0; at < block.size(); at += kPart) {
    append_segment(out, 0xED, kPrefix, part(block, at, kPart));
  }
}

}  // namespace

ByteVector jpeg_with_metadata(ByteSpan encoded, const Metadata& metadata,
                              std::vector<std::string>& notices) {
  ByteVector out;
  out.reserve(encoded.size() + metadata.icc.size() + metadata.exif.size() + metadata.xmp.size() +
              4096);
  append(out, "\xFF\xD8");
  // A picture stored as RGB has none: with it, readers would take the channels for YCbCr.
  if (part(encoded, 2).size() > 2 && encoded[3] == 0xE0) append_jfif(out, metadata.density);
  append_limited(out, 0xE1, "Exif\0\0"sv, metadata.exif, "EXIF", notices);
  append_limited(out, 0xE1, "http://ns.adobe.com/xap/1.0/\0"sv, metadata.xmp, "XMP", notices);
  append(out, metadata.extended_xmp);
  append_icc(out, metadata.icc);
  const bool has_own_iptc = !metadata.iptc.empty() && iptc_of_photoshop(metadata.photoshop).empty();
  ByteVector photoshop = metadata.photoshop;
  if (has_own_iptc) append(photoshop, photoshop_of_iptc(metadata.iptc));
  append_photoshop(out, photoshop);
  append_limited(out, 0xFE, ""sv, metadata.comment, "comment", notices);
  JpegSegments segments(encoded);
  while (const auto segment = segments.next()) {
    const bool is_jfif = segment->marker == 0xE0;
    if (!is_jfif) append(out, segment->whole);
  }
  return out;
}

}  // namespace pawfect
