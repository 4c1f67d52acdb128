#include "image/tiff_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pawfect {
namespace {

using namespace tiff_tag;

constexpr int kMaxPages = 1'000;               // walked to tell how many there are
constexpr std::uint32_t kMaxPieces = 200'000;  // strips or tiles

enum Photometric {
  kWhiteIsZero = 0,
  kBlackIsZero = 1,
  kRgb = 2,
  kPalette = 3,
  kSeparated = 5,
  kYcbcr = 6
};
enum Compression {
  kNone = 1,
  kCcittRle = 2,
  kGroup3 = 3,
  kGroup4 = 4,
  kLzw = 5,
  kJpeg = 7,
  kDeflate = 8,
  kPackBits = 32773,
  kOldDeflate = 32946,
  kZstd = 50000
};

std::unexpected<Error> damaged(std::string_view name, std::string_view what) {
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: the TIFF is damaged: {}; copy or export it again", name, what));
}

std::unexpected<Error> unsupported(std::string_view name, std::string_view what) {
  return fail(
      ErrorCode::kBadInput,
      fmt::format("{}: a TIFF with {} is not read; export it as 8 or 16-bit grey, RGB or CMYK "
                  "without layers first",
                  name, what));
}

struct FirstDirectory {
  const TiffView& view;
  std::uint32_t at;

  std::uint32_t number(std::uint16_t tag, std::uint32_t otherwise) const {
    const auto entry = view.find(at, tag);
    return entry ? view.number(*entry).value_or(otherwise) : otherwise;
  }
  ByteSpan bytes(std::uint16_t tag) const {
    const auto entry = view.find(at, tag);
    return entry ? entry->value : ByteSpan{};
  }
};

std::string_view compression_name(int compression) {
  switch (compression) {
    case 6:
      return "the old kind of JPEG compression";
    case 34661:
    case 34663:
      return "JBIG compression";
    case 34712:
      return "JPEG 2000 compression";
    case 34887:
      return "LERC compression";
    case 34925:
      return "LZMA compression";
    case 50001:
      return "WebP compression";
    default:
      return "an unknown compression";
  }
}

Result<void> check_samples(const FirstDirectory& first, std::string_view name, int bits) {
  const auto format = first.view.find(first.at, kSampleFormat);
  const std::uint32_t kind = format ? first.view.number(*format).value_or(1) : 1;
  if (kind == 3) return unsupported(name, "floating-point samples");
  if (kind != 1 && kind != 4) return unsupported(name, "signed or complex samples");
  if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) {
    return unsupported(name, fmt::format("{} bits per sample", bits));
  }
  if (const auto entry = first.view.find(first.at, kBitsPerSample)) {
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(entry->count, 8); ++i) {
      if (first.view.number(*entry, i).value_or(0) != std::uint32_t(bits)) {
        return unsupported(name, "channels of different depth");
      }
    }
  }
  return {};
}

// Sets channels, palette and CMYK from the photometric interpretation and the samples per pixel.
Result<void> read_colours(const FirstDirectory& first, ImageHeader& header, std::string_view name) {
  const int photometric = int(first.number(kPhotometric, 0xFFFF));
  const int samples = int(std::min<std::uint32_t>(first.number(kSamplesPerPixel, 1), 0xFFFF));
  int colours = 0;
  switch (photometric) {
    case kWhiteIsZero:
    case kBlackIsZero:
      colours = 1;
      break;
    case kRgb:
      colours = 3;
      break;
    case kYcbcr:
      if (first.number(kCompression, kNone) != kJpeg)
        return unsupported(name, "YCbCr pixels outside JPEG");
      colours = 3;
      break;
    case kPalette:
      if (samples != 1 || header.bits_per_sample > 8)
        return unsupported(name, "an unusual palette");
      if (first.bytes(kColourMap).size() != (std::size_t{3} << header.bits_per_sample) * 2) {
        return damaged(name, "its palette is missing or too short");
      }
      header.is_palette = true;
      header.channels = 3;
      return {};
    case kSeparated:
      if (first.number(332, 1) != 1) return unsupported(name, "inks other than CMYK");
      header.is_cmyk = true;
      colours = 4;
      break;
    case 8:
    case 9:
    case 10:
      return unsupported(name, "CIELAB pixels");
    case 32803:
    case 34892:
      return fail(
          ErrorCode::kBadInput,
          fmt::format("{}: this is a camera raw file; develop it to JPEG or TIFF first", name));
    default:
      return unsupported(name, fmt::format("photometric interpretation {}", photometric));
  }
  if (samples != colours && samples != colours + 1) {
    return unsupported(name, fmt::format("{} samples per pixel", samples));
  }
  if (header.bits_per_sample < 8 && (photometric > kBlackIsZero || samples != 1)) {
    return unsupported(name, fmt::format("{} bits per colour sample", header.bits_per_sample));
  }
  header.channels = samples;
  return {};
}

// How many bytes one stored byte can become at most; 0: no useful bound.
std::uint64_t best_ratio(int compression) {
  switch (compression) {
    case kNone:
      return 1;
    case kPackBits:
      return 64;
    case kLzw:  // a 12-bit code for a string of at most 4096 bytes
      return 2731;
    case kDeflate:
    case kOldDeflate:
      return 1032;
    default:
      return 0;
  }
}

// Strips or tiles: as many as the size asks for, each inside the file; tiles no larger than the
// picture needs, so that a small picture cannot ask for a large buffer.
Result<void> check_pieces(const FirstDirectory& first, const ImageHeader& header,
                          std::string_view name) {
  const auto tile_width = first.view.find(first.at, kTileWidth);
  const auto up = [](std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; };
  std::uint64_t pieces = 0;
  if (tile_width) {
    const std::uint32_t w = first.number(kTileWidth, 0), h = first.number(kTileHeight, 0);
    const auto largest = [](int side) {
      return std::max(1024u, (std::uint32_t(side) + 15u) & ~15u);
    };
    if (w == 0 || h == 0 || w > largest(header.width) || h > largest(header.height)) {
      return damaged(name, fmt::format("its tiles are {} x {}", w, h));
    }
    pieces = up(std::uint64_t(header.width), w) * up(std::uint64_t(header.height), h);
  } else {
    const std::uint32_t rows = first.number(kRowsPerStrip, 0xFFFFFFFF);
    if (rows == 0) return damaged(name, "its strips have no rows");
    pieces = up(std::uint64_t(header.height), rows);
  }
  if (first.number(kPlanar, 1) == 2) pieces *= std::uint64_t(header.channels);
  if (pieces > kMaxPieces) return damaged(name, fmt::format("it has {} strips or tiles", pieces));

  const auto offsets = first.view.find(first.at, tile_width ? kTileOffsets : kStripOffsets);
  const auto lengths = first.view.find(first.at, tile_width ? kTileByteCounts : kStripByteCounts);
  if (!offsets || !lengths) return damaged(name, "the places of its pixels are missing");
  std::uint64_t stored = 0;
  for (std::uint32_t i = 0; i < pieces; ++i) {
    const auto at = first.view.number(*offsets, i), length = first.view.number(*lengths, i);
    if (!at || !length) return damaged(name, "the places of its pixels are missing");
    if (!holds(first.view.bytes(), *at, *length)) return damaged(name, "it is cut off");
    stored += *length;
  }
  const std::uint64_t stored_channels = header.is_palette ? 1 : std::uint64_t(header.channels);
  const std::uint64_t row_bits =
      std::uint64_t(header.width) * stored_channels * std::uint64_t(header.bits_per_sample);
  const std::uint64_t ratio = best_ratio(int(first.number(kCompression, kNone)));
  if (ratio != 0 && stored < row_bits / 8 * std::uint64_t(header.height) / ratio) {
    return damaged(name, "it is cut off (too little data for its size)");
  }
  return {};
}

// Pages that are neither a thumbnail (bit 0) nor a transparency mask (bit 2) of another.
int count_pages(const TiffView& view) {
  int pages = 0;
  std::uint32_t at = view.first_directory();
  for (int walked = 0; at != 0 && walked < kMaxPages; ++walked) {
    if (!view.entry_count(at)) break;
    const auto kind = view.find(at, kSubfileType);
    const std::uint32_t bits = kind ? view.number(*kind).value_or(0) : 0;
    if (walked == 0 || (bits & 5) == 0) ++pages;
    at = view.next_directory(at);
  }
  return pages;
}

void read_density(const FirstDirectory& first, TiffParts& parts) {
  const auto x = first.view.find(first.at, kXResolution),
             y = first.view.find(first.at, kYResolution);
  if (!x || !y) return;
  parts.density_x = first.view.rational(*x).value_or(0);
  parts.density_y = first.view.rational(*y).value_or(0);
  parts.density_unit = int(first.number(kResolutionUnit, 2));
  if (parts.density_unit < 1 || parts.density_unit > 3) parts.density_unit = 2;
}

bool is_lossless(int compression) { return compression != kJpeg; }

}  // namespace

bool is_big_tiff(ByteSpan file) {
  return starts_with(file, std::string_view("II\x2B\0", 4)) ||
         starts_with(file, std::string_view("MM\0\x2B", 4));
}

bool is_tiff(ByteSpan file) {
  return starts_with(file, std::string_view("II\x2A\0", 4)) ||
         starts_with(file, std::string_view("MM\0\x2A", 4)) || is_big_tiff(file);
}

Result<TiffParts> read_tiff_parts(ByteSpan file, std::string_view name, const ImageLimits& limits) {
  if (is_big_tiff(file)) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format("{}: a BigTIFF is not read; export it as a classic TIFF or PNG first", name));
  }
  const auto view = TiffView::open(file);
  if (!view) return damaged(name, "it ends inside its header");
  const FirstDirectory first{*view, view->first_directory()};
  const auto entries = view->entry_count(first.at);
  if (!entries || *entries == 0)
    return damaged(name, "it is cut off (its directory lies outside the file)");
  if (starts_with(part(file, 8), "CR") || view->find(first.at, kDngVersion) ||
      (first.number(kSubfileType, 0) & 1) != 0) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format("{}: this is a camera raw file; develop it to JPEG or TIFF first", name));
  }

  TiffParts parts;
  ImageHeader& header = parts.header;
  header.container = Container::kTiff;
  const std::uint32_t width = first.number(kWidth, 0), height = first.number(kHeight, 0);
  if (width == 0 || height == 0 || width > 0x7FFFFFFF || height > 0x7FFFFFFF) {
    return damaged(name, fmt::format("its size is {} x {}", width, height));
  }
  if (auto ok = check_size(int(width), int(height), "TIFF", name, limits); !ok) {
    return std::unexpected(ok.error());
  }
  header.width = int(width);
  header.height = int(height);
  header.bits_per_sample = int(std::min<std::uint32_t>(first.number(kBitsPerSample, 1), 0xFFFF));
  parts.compression = int(first.number(kCompression, kNone));
  header.is_lossless = is_lossless(parts.compression);
  switch (parts.compression) {
    case kNone:
    case kCcittRle:
    case kGroup3:
    case kGroup4:
    case kLzw:
    case kJpeg:
    case kDeflate:
    case kPackBits:
    case kOldDeflate:
    case kZstd:
      break;
    default:
      return unsupported(name, compression_name(parts.compression));
  }
  if (auto ok = check_samples(first, name, header.bits_per_sample); !ok)
    return std::unexpected(ok.error());
  if (auto ok = read_colours(first, header, name); !ok) return std::unexpected(ok.error());
  if (auto ok = check_pieces(first, header, name); !ok) return std::unexpected(ok.error());
  header.frames = count_pages(*view);

  const std::uint32_t orientation = first.number(kOrientation, 1);
  parts.orientation = orientation >= 1 && orientation <= 8 ? int(orientation) : 1;
  if (const auto extra = view->find(first.at, kExtraSamples); extra && extra->type == 3) {
    if (const auto kind = view->number(*extra)) {
      parts.extra_sample = int(*kind);
      parts.extra_sample_at = extra->value_at;
    }
  }
  read_density(first, parts);
  parts.icc = first.bytes(kIcc);
  parts.xmp = first.bytes(kXmp);
  parts.iptc = first.bytes(kIptc);
  parts.photoshop = first.bytes(kPhotoshop);
  parts.end = file.size();
  return parts;
}

}  // namespace pawfect
