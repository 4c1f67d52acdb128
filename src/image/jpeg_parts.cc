#include "image/jpeg_parts.h"

#include <fmt/format.h>

#include <algorithm>

namespace pawfect {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t kSof0 = 0xC0, kSof2 = 0xC2, kDht = 0xC4, kDac = 0xCC, kSoi = 0xD8,
                       kEoi = 0xD9;
constexpr std::uint8_t kSos = 0xDA, kDqt = 0xDB, kDri = 0xDD, kApp0 = 0xE0, kApp15 = 0xEF,
                       kCom = 0xFE;

constexpr int kMaxSegments = 4'096;  // 32 MiB of full segments are 512
constexpr int kMaxScans =
    64;  // libjpeg's own script has 10; each scan costs a pass over the picture

// Order in which a table's 64 numbers stand in the file: zigzag position to row-by-row index.
constexpr std::array<std::uint8_t, 64> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

std::unexpected<Error> damaged(std::string_view name, std::string_view what) {
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: the JPEG is damaged: {}; copy or export it again", name, what));
}

std::unexpected<Error> unsupported(std::string_view name, std::string_view what) {
  return fail(
      ErrorCode::kBadInput,
      fmt::format("{}: {} is not read, only baseline and progressive 8-bit JPEG; convert it to "
                  "PNG first",
                  name, what));
}

bool stands_alone(std::uint8_t marker) {
  return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD9);
}

bool is_frame(std::uint8_t marker) {
  return marker >= kSof0 && marker <= 0xCF && marker != kDht && marker != 0xC8 && marker != kDac;
}

// First marker at or behind `at` that is neither a stuffed zero nor a restart.
std::optional<std::size_t> end_of_scan(ByteSpan file, std::size_t at) {
  while (at + 1 < file.size()) {
    const void* hit = std::memchr(file.data() + at, 0xFF, file.size() - 1 - at);
    if (!hit) return std::nullopt;
    at = std::size_t(static_cast<const std::uint8_t*>(hit) - file.data());
    const std::uint8_t code = file[at + 1];
    if (code == 0xFF) {
      ++at;
    } else if (code == 0 || (code >= 0xD0 && code <= 0xD7)) {
      at += 2;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

// SOFn: precision, height, width, number of components, then id, sampling and table of each.
Result<void> read_frame(const JpegSegment& segment, JpegParts& parts, std::string_view name,
                        const ImageLimits& limits) {
  if (segment.marker > kSof2) {
    return unsupported(name, "a lossless, hierarchical or arithmetic-coded JPEG");
  }
  const ByteSpan p = segment.payload;
  if (parts.header.width != 0) return damaged(name, "it has two frame headers");
  if (p.size() < 6) return damaged(name, "its frame header is too short");
  if (p[0] != 8) return unsupported(name, fmt::format("a JPEG of {} bits", p[0]));
  const int count = p[5];
  if (p.size() < 6 + 3 * std::size_t(count)) return damaged(name, "its frame header is too short");
  if (count != 1 && count != 3 && count != 4) {
    return unsupported(name, fmt::format("a JPEG of {} channels", count));
  }
  parts.header.height = be16(p, 1);
  parts.header.width = be16(p, 3);
  if (parts.header.width == 0 || parts.header.height == 0) {
    return damaged(name,
                   fmt::format("its size is {} x {}", parts.header.width, parts.header.height));
  }
  if (auto ok = check_size(parts.header.width, parts.header.height, "JPEG", name, limits); !ok)
    return ok;
  for (int i = 0; i < count; ++i) {
    const std::size_t at = 6 + 3 * std::size_t(i);
    JpegComponent c{p[at], std::uint8_t(p[at + 1] >> 4), std::uint8_t(p[at + 1] & 15), p[at + 2]};
    if (c.horizontal < 1 || c.horizontal > 4 || c.vertical < 1 || c.vertical > 4 || c.table > 3) {
      return damaged(name, "its sampling factors are out of range");
    }
    parts.coding.components[std::size_t(i)] = c;
  }
  parts.header.channels = count;
  parts.header.is_cmyk = count == 4;
  parts.coding.channels = count;
  parts.coding.is_progressive = segment.marker == kSof2;
  return {};
}

// DQT: any number of (precision << 4 | number) and 64 values of 1 or 2 bytes.
Result<void> read_tables(ByteSpan p, JpegParts& parts, std::string_view name) {
  while (!p.empty()) {
    const int wide = p[0] >> 4, number = p[0] & 15;
    const std::size_t length = wide == 0 ? 64 : 128;
    if (wide > 1 || number > 3 || p.size() < 1 + length) {
      return damaged(name, "a quantisation table is broken");
    }
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint16_t value = wide == 0 ? p[1 + i] : be16(p, 1 + 2 * i);
      parts.coding.tables[std::size_t(number)][kZigzag[i]] = value;
    }
    p = p.subspan(1 + length);
  }
  return {};
}

// Segments that programs use for their own ends, told apart by the text that they begin with.
void read_application(const JpegSegment& segment, JpegParts& parts) {
  const ByteSpan p = segment.payload;
  const auto payload_behind = [&](std::string_view prefix) { return p.subspan(prefix.size()); };
  constexpr auto kJfif = "JFIF\0"sv, kExif = "Exif\0"sv, kAdobe = "Adobe"sv;
  constexpr auto kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;
  constexpr auto kMoreXmp = "http://ns.adobe.com/xmp/extension/\0"sv;
  constexpr auto kIcc = "ICC_PROFILE\0"sv, kPhotoshop = "Photoshop 3.0\0"sv;

  switch (segment.marker) {
    case kApp0:
      if (starts_with(p, kJfif) && p.size() >= 12 && !parts.has_jfif) {
        parts.has_jfif = true;
        parts.density_unit = p[7];
        parts.density_x = be16(p, 8);
        parts.density_y = be16(p, 10);
      }
      break;
    case kApp0 + 1:
      if (starts_with(p, kExif) && p.size() > 6 && parts.exif.empty()) {
        parts.exif = p.subspan(6);  // "Exif", two bytes of padding
      } else if (starts_with(p, kXmp) && parts.xmp.empty()) {
        parts.xmp = payload_behind(kXmp);
      } else if (starts_with(p, kMoreXmp)) {
        auto& count = parts.extended_xmp_segments;
        if (std::size_t(count) < parts.extended_xmp.size()) {
          parts.extended_xmp[std::size_t(count)] = segment.whole;
        }
        ++count;
      }
      break;
    case kApp0 + 2:  // chunk number and count from 1, then the data (ICC.1:2010, annex B.4)
      if (starts_with(p, kIcc) && p.size() > 14) {
        parts.icc[p[12]] = p.subspan(14);
        parts.icc_chunks = p[13];
      }
      break;
    case kApp0 + 13:
      if (starts_with(p, kPhotoshop)) {
        auto& count = parts.photoshop_segments;
        if (std::size_t(count) < parts.photoshop.size()) {
          parts.photoshop[std::size_t(count)] = payload_behind(kPhotoshop);
        }
        ++count;
      }
      break;
    case kApp0 + 14:
      if (starts_with(p, kAdobe) && p.size() >= 12) parts.adobe_transform = p[11];
      break;
    default:
      break;
  }
}

// Every block of 8 x 8 samples takes at least one bit, in whatever kind of scan.
std::size_t least_scan_bytes(const JpegParts& parts) {
  const auto& c = parts.coding.components;
  int across = 1, down = 1;
  for (int i = 0; i < parts.coding.channels; ++i) {
    across = std::max<int>(across, c[std::size_t(i)].horizontal);
    down = std::max<int>(down, c[std::size_t(i)].vertical);
  }
  std::size_t blocks = 0;  // sizes have 16 bits and factors 3: no overflow
  for (int i = 0; i < parts.coding.channels; ++i) {
    const auto side = [](int pixels, int factor, int most) {
      return std::size_t((pixels * factor + 8 * most - 1) / (8 * most));
    };
    blocks += side(parts.header.width, c[std::size_t(i)].horizontal, across) *
              side(parts.header.height, c[std::size_t(i)].vertical, down);
  }
  return blocks / 8;
}

// libjpeg's rule (jdapimin.c): JFIF means YCbCr; else Adobe's word, if there is one; else the ids
// tell.
bool is_stored_as_rgb(const JpegParts& parts) {
  if (parts.coding.channels != 3) return false;
  if (parts.has_jfif) return false;
  if (parts.adobe_transform) return *parts.adobe_transform == 0;
  const auto& c = parts.coding.components;
  return c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B';
}

}  // namespace

std::optional<JpegSegment> JpegSegments::next() {
  if (is_done_) return std::nullopt;
  // Between segments only fill bytes (0xFF) may stand; junk is skipped, as every decoder does.
  std::size_t at = at_;
  while (at < file_.size() && file_[at] != 0xFF) ++at;
  while (at < file_.size() && file_[at] == 0xFF) ++at;
  if (at >= file_.size()) return std::nullopt;

  JpegSegment segment;
  segment.marker = file_[at];
  const std::size_t start = at - 1;
  std::size_t end = at + 1;
  if (!stands_alone(segment.marker)) {
    if (!holds(file_, end, 2)) return std::nullopt;
    const std::size_t length = be16(file_, end);
    if (length < 2 || !holds(file_, end, length)) return std::nullopt;
    segment.payload = file_.subspan(end + 2, length - 2);
    end += length;
  }
  if (segment.marker == kSos) {
    const auto marker = end_of_scan(file_, end);
    if (!marker) return std::nullopt;
    end = *marker;
  }
  segment.whole = file_.subspan(start, end - start);
  at_ = end;
  is_done_ = segment.marker == kEoi;
  return segment;
}

bool makes_jpeg_pixels(const JpegSegment& segment) {
  if (segment.marker == kApp0) return starts_with(segment.payload, "JFIF\0"sv);
  if (segment.marker == kApp0 + 14) return starts_with(segment.payload, "Adobe"sv);
  return !(segment.marker > kApp0 && segment.marker <= kApp15) && segment.marker != kCom;
}

Result<JpegParts> read_jpeg_parts(ByteSpan file, std::string_view name, const ImageLimits& limits) {
  JpegParts parts;
  parts.header.container = Container::kJpeg;
  parts.header.is_lossless = false;

  JpegSegments segments(file);
  bool has_end = false;
  int count = 0, scans = 0;
  while (const auto segment = segments.next()) {
    if (++count > kMaxSegments)
      return damaged(name, fmt::format("it has over {} segments", kMaxSegments));
    const std::uint8_t marker = segment->marker;
    Result<void> result;
    if (marker == kSoi) return damaged(name, "a second picture begins inside it");
    if (is_frame(marker)) result = read_frame(*segment, parts, name, limits);
    if (marker == kDqt) result = read_tables(segment->payload, parts, name);
    if (marker == kDri && segment->payload.size() >= 2)
      parts.coding.restart_interval = be16(segment->payload, 0);
    if (marker == kCom && parts.comment.empty()) parts.comment = segment->payload;
    if (marker >= kApp0 && marker <= kApp15) read_application(*segment, parts);
    if (marker == kSos) {
      if (parts.header.width == 0) result = damaged(name, "picture data comes before its header");
      if (++scans > kMaxScans)
        result = damaged(name, fmt::format("it has over {} scans", kMaxScans));
    }
    if (!result) return std::unexpected(result.error());
    if (marker == kSos) parts.scan_bytes += segment->whole.size();
    has_end = marker == kEoi;
  }
  if (parts.header.width == 0 && has_end) return damaged(name, "it has no frame header");
  if (!has_end) return damaged(name, "it is cut off (no end marker)");
  if (scans == 0) return damaged(name, "it has no picture data");
  if (parts.scan_bytes < least_scan_bytes(parts))
    return damaged(name, "it is cut off (too little data)");
  parts.coding.is_rgb = is_stored_as_rgb(parts);
  for (int i = 1; i <= parts.icc_chunks; ++i) {
    if (parts.icc[std::size_t(i)].empty()) parts.icc_chunks = 0;
  }
  parts.end = segments.position();
  return parts;
}

}  // namespace pawfect
