#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "image/exif.h"
#include "image/exif_tree.h"
#include "image/metadata.h"
#include "image/zlib_bytes.h"

namespace pawfect {
namespace {

constexpr std::size_t kMaxIcc = 8 * 1024 * 1024;
constexpr std::size_t kMaxXmp = 4 * 1024 * 1024;
constexpr std::size_t kMaxPhotoshop = 4 * 1024 * 1024;
constexpr std::size_t kMaxPngText = 1024 * 1024;

using Notices = std::vector<std::string>;

ByteVector copy(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

ByteVector copy_limited(ByteSpan bytes, std::size_t limit, std::string_view what,
                        Notices& notices) {
  if (bytes.size() <= limit) return copy(bytes);
  notices.push_back(
      fmt::format("{} dropped: it has {} bytes, at most {} are kept", what, bytes.size(), limit));
  return {};
}

// A profile tells its own length in its first four bytes and has "acsp" at 36 (ICC.1:2010, 7.2).
ByteVector checked_icc(ByteVector icc, Notices& notices) {
  if (icc.empty()) return icc;
  const bool is_profile = icc.size() >= 132 && starts_with(part(icc, 36), "acsp") &&
                          be32(icc, 0) >= 132 && be32(icc, 0) <= icc.size();
  if (!is_profile) {
    notices.push_back("colour profile dropped: it is damaged");
    return {};
  }
  icc.resize(be32(icc, 0));
  return icc;
}

// iCCP: name, zero, method 0, zlib stream.
ByteVector unpack_png_icc(ByteSpan payload) {
  const std::size_t name = as_text(part(payload, 0, 80)).find('\0');
  if (name == std::string_view::npos || !holds(payload, name + 2, 1) || payload[name + 1] != 0)
    return {0};
  return inflated(payload.subspan(name + 2), kMaxIcc).value_or(ByteVector{0});
}

// iTXt: keyword, zero, compression flag and method, language, zero, translated keyword, zero, text.
ByteVector unpack_png_xmp(ByteSpan payload, Notices& notices) {
  std::size_t at = as_text(payload).find('\0');
  if (at == std::string_view::npos || !holds(payload, at + 1, 2)) return {};
  const bool is_packed = payload[at + 1] == 1;
  at += 3;
  for (int skipped = 0; skipped < 2; ++skipped) {
    const std::size_t zero = as_text(payload).find('\0', at);
    if (zero == std::string_view::npos) return {};
    at = zero + 1;
  }
  const ByteSpan text = part(payload, at);
  if (!is_packed) return copy_limited(text, kMaxXmp, "XMP", notices);
  auto unpacked = inflated(text, kMaxXmp);
  if (!unpacked) notices.push_back("XMP dropped: its compressed text is damaged or too long");
  return unpacked.value_or(ByteVector{});
}

bool is_kept_png_chunk(std::string_view type, const ImageHeader& header) {
  constexpr std::array<std::string_view, 10> kKept = {"tEXt", "zTXt", "iTXt", "tIME", "gAMA",
                                                      "cHRM", "sRGB", "cICP", "mDCV", "cLLI"};
  if (type == "sBIT") return !header.is_palette && header.bits_per_sample >= 8;
  return std::find(kKept.begin(), kKept.end(), type) != kKept.end();
}

ByteVector keep_png_chunks(const PngParts& parts, ByteSpan file, Notices& notices) {
  ByteVector kept;
  bool is_damaged = false, is_long = false;
  PngChunks chunks(file);
  while (const auto chunk = chunks.next()) {
    if (!is_kept_png_chunk(chunk->type, parts.header) || chunk->payload.data() == parts.xmp.data())
      continue;
    if (kept.size() + chunk->whole.size() > kMaxPngText) {
      is_long = true;
    } else if (!chunk->crc_is_right()) {
      is_damaged = true;
    } else {
      append(kept, chunk->whole);
    }
  }
  if (is_damaged) notices.push_back("PNG text dropped: its checksum is wrong");
  if (is_long)
    notices.push_back(fmt::format("PNG text dropped: over {} bytes in all", kMaxPngText));
  return kept;
}

Metadata read_from(const PngParts& parts, ByteSpan file, Notices& notices) {
  Metadata out;
  if (!parts.icc.empty()) out.icc = checked_icc(unpack_png_icc(parts.icc), notices);
  out.exif = copy_limited(parts.exif, kMaxExifBytes, "EXIF", notices);
  if (!parts.xmp.empty()) out.xmp = unpack_png_xmp(parts.xmp, notices);
  out.png_chunks = keep_png_chunks(parts, file, notices);
  if (!parts.density.empty()) {
    const auto unit = parts.density[8] == 1 ? DensityUnit::kMetre : DensityUnit::kNone;
    out.density = Density{unit, double(be32(parts.density, 0)), double(be32(parts.density, 4))};
  }
  return out;
}

Metadata read_from(const JpegParts& parts, ByteSpan, Notices& notices) {
  Metadata out;
  for (int i = 1; i <= parts.icc_chunks; ++i) append(out.icc, parts.icc[std::size_t(i)]);
  if (out.icc.size() > kMaxIcc) out.icc = {0};
  out.icc = checked_icc(std::move(out.icc), notices);
  out.exif = copy(parts.exif);
  out.xmp = copy(parts.xmp);
  out.comment = copy(parts.comment);
  const auto room = [](const auto& list, int count) { return std::min(int(list.size()), count); };
  for (int i = 0; i < room(parts.photoshop, parts.photoshop_segments); ++i) {
    append(out.photoshop, parts.photoshop[std::size_t(i)]);
  }
  if (std::size_t(parts.extended_xmp_segments) > parts.extended_xmp.size()) {
    notices.push_back("extended XMP dropped: it has too many segments");
  } else {
    for (int i = 0; i < parts.extended_xmp_segments; ++i) {
      append(out.extended_xmp, parts.extended_xmp[std::size_t(i)]);
    }
  }
  if (parts.has_jfif && parts.density_unit <= 2 && parts.density_x != 0 && parts.density_y != 0) {
    constexpr std::array kUnits = {DensityUnit::kNone, DensityUnit::kInch,
                                   DensityUnit::kCentimetre};
    out.density =
        Density{kUnits[parts.density_unit], double(parts.density_x), double(parts.density_y)};
  }
  return out;
}

Metadata read_from(const WebpParts& parts, ByteSpan, Notices& notices) {
  Metadata out;
  out.icc = checked_icc(copy_limited(parts.icc, kMaxIcc, "colour profile", notices), notices);
  out.exif = copy_limited(parts.exif, kMaxExifBytes, "EXIF", notices);
  out.xmp = copy_limited(parts.xmp, kMaxXmp, "XMP", notices);
  return out;
}

Metadata read_from(const TiffParts& parts, ByteSpan file, Notices& notices) {
  Metadata out;
  out.icc = checked_icc(copy_limited(parts.icc, kMaxIcc, "colour profile", notices), notices);
  if (const auto tree = read_exif_tree(file)) out.exif = write_exif_tree(*tree);
  if (out.exif.size() > kMaxExifBytes) {
    out.exif.clear();
    notices.push_back("EXIF dropped: it is too long");
  }
  out.xmp = copy_limited(parts.xmp, kMaxXmp, "XMP", notices);
  out.iptc = copy_limited(parts.iptc, kMaxPhotoshop, "IPTC", notices);
  out.photoshop = copy_limited(parts.photoshop, kMaxPhotoshop, "Photoshop resources", notices);
  if (parts.density_x > 0 && parts.density_y > 0) {
    constexpr std::array kUnits = {DensityUnit::kNone, DensityUnit::kNone, DensityUnit::kInch,
                                   DensityUnit::kCentimetre};
    out.density =
        Density{kUnits[std::size_t(parts.density_unit)], parts.density_x, parts.density_y};
  }
  return out;
}

// Density from EXIF, for files whose container has no place for one or leaves it open.
std::optional<Density> exif_density(ByteSpan exif) {
  const auto view = TiffView::open(exif);
  if (!view) return std::nullopt;
  const std::uint32_t main = view->first_directory();
  const auto x = view->find(main, tiff_tag::kXResolution),
             y = view->find(main, tiff_tag::kYResolution);
  if (!x || !y) return std::nullopt;
  const auto unit = view->find(main, tiff_tag::kResolutionUnit);
  const bool is_cm = unit && view->number(*unit).value_or(2) == 3;
  const double dx = view->rational(*x).value_or(0), dy = view->rational(*y).value_or(0);
  if (dx <= 0 || dy <= 0) return std::nullopt;
  return Density{is_cm ? DensityUnit::kCentimetre : DensityUnit::kInch, dx, dy};
}

}  // namespace

Metadata read_metadata(const FileParts& parts, ByteSpan file, std::vector<std::string>& notices) {
  Metadata out = std::visit([&](const auto& of) { return read_from(of, file, notices); }, parts.of);
  if (!out.density) out.density = exif_density(out.exif);
  return out;
}

}  // namespace pawfect
