#include "image/png_parts.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace pawfect {
namespace {

// An encoder that flushes IDAT every 4 KiB makes 8192 chunks of a 32 MiB file.
constexpr int kMaxChunks = 20'000;
constexpr int kMaxOtherChunks = 1'000;

constexpr int kGrey = 0, kColour = 2, kPalette = 3, kGreyAlpha = 4, kColourAlpha = 6;

bool is_allowed(int colour_type, int bits) {
  switch (colour_type) {
    case kGrey:
      return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
    case kPalette:
      return bits == 1 || bits == 2 || bits == 4 || bits == 8;
    case kColour:
    case kGreyAlpha:
    case kColourAlpha:
      return bits == 8 || bits == 16;
    default:
      return false;
  }
}

int channels_of(int colour_type) {
  switch (colour_type) {
    case kGrey:
      return 1;
    case kGreyAlpha:
      return 2;
    case kColourAlpha:
      return 4;
    default:
      return 3;
  }
}

std::unexpected<Error> damaged(std::string_view name, std::string_view what) {
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: the PNG is damaged: {}; copy or export it again", name, what));
}

// IHDR: width, height (4 bytes each), bit depth, colour type, compression, filter, interlace.
Result<PngParts> read_header(const PngChunk& chunk, std::string_view name) {
  const ByteSpan p = chunk.payload;
  if (chunk.type != "IHDR" || p.size() != 13) return damaged(name, "it does not begin with IHDR");
  if (!chunk.crc_is_right()) return damaged(name, "the checksum of its header is wrong");
  const std::uint32_t width = be32(p, 0), height = be32(p, 4);
  if (width == 0 || height == 0 || width > 0x7FFFFFFF || height > 0x7FFFFFFF) {
    return damaged(name, fmt::format("its size is {} x {}", width, height));
  }
  const int bits = p[8], colour_type = p[9];
  if (!is_allowed(colour_type, bits)) {
    return damaged(name,
                   fmt::format("colour type {} with {} bits does not exist", colour_type, bits));
  }
  if (p[10] != 0 || p[11] != 0 || p[12] > 1)
    return damaged(name, "its coding method does not exist");

  PngParts parts;
  parts.header.container = Container::kPng;
  parts.header.width = int(width);
  parts.header.height = int(height);
  parts.header.bits_per_sample = bits;
  parts.header.channels = channels_of(colour_type);
  parts.header.is_palette = colour_type == kPalette;
  parts.stored_channels = colour_type == kPalette ? 1 : parts.header.channels;
  return parts;
}

// Deflate packs at most 1032 to 1 (258 bytes in two bits). Sizes were checked against the limits
// before.
std::size_t least_data_bytes(const ImageHeader& header, int stored_channels) {
  const std::size_t row_bits =
      std::size_t(header.width) * std::size_t(stored_channels * header.bits_per_sample);
  return (row_bits / 8 + 1) * std::size_t(header.height) / 1032;
}

}  // namespace

bool PngChunk::crc_is_right() const {
  const ByteSpan covered = whole.subspan(4, whole.size() - 8);
  const auto crc = ::crc32_z(0, covered.data(), covered.size());
  return std::uint32_t(crc) == be32(whole, whole.size() - 4);
}

std::optional<PngChunk> PngChunks::next() {
  if (is_done_ || !holds(file_, at_, 12)) return std::nullopt;
  const std::size_t length = be32(file_, at_);
  if (!holds(file_, at_ + 12, length)) return std::nullopt;
  PngChunk chunk;
  chunk.whole = file_.subspan(at_, length + 12);
  chunk.type = as_text(chunk.whole.subspan(4, 4));
  chunk.payload = chunk.whole.subspan(8, length);
  at_ += length + 12;
  is_done_ = chunk.type == "IEND";
  return chunk;
}

bool makes_png_pixels(std::string_view type) {
  return type == "IHDR" || type == "PLTE" || type == "tRNS" || type == "IDAT" || type == "IEND";
}

Result<PngParts> read_png_parts(ByteSpan file, std::string_view name, const ImageLimits& limits) {
  PngChunks chunks(file);
  const auto first = chunks.next();
  if (!first) return damaged(name, "it ends inside its header");
  auto parts = read_header(*first, name);
  if (!parts) return parts;
  if (auto ok = check_size(parts->header.width, parts->header.height, "PNG", name, limits); !ok) {
    return std::unexpected(ok.error());
  }

  bool has_end = false, has_palette = false;
  int count = 1, other = 0;
  while (const auto chunk = chunks.next()) {
    if (++count > kMaxChunks || other > kMaxOtherChunks) {
      return damaged(name, fmt::format("it has over {} chunks", count - 1));
    }
    const std::string_view type = chunk->type;
    const ByteSpan payload = chunk->payload;
    if (!makes_png_pixels(type)) ++other;
    if (type == "IHDR") return damaged(name, "it has two headers");
    if (type == "IDAT") parts->data_bytes += payload.size();
    if (type == "PLTE") has_palette = true;
    if (type == "tRNS" && parts->header.channels % 2 == 1) ++parts->header.channels;
    if (type == "acTL" && payload.size() >= 4) {
      parts->header.frames = int(std::min<std::uint32_t>(be32(payload, 0), 0x7FFFFFFF));
    }
    if (type == "iCCP") parts->icc = payload;
    if (type == "eXIf") parts->exif = payload;
    if (type == "pHYs" && payload.size() == 9) parts->density = payload;
    if (type == "iTXt" && starts_with(payload, std::string_view("XML:com.adobe.xmp\0", 18))) {
      parts->xmp = payload;
    }
    has_end = type == "IEND";
  }
  if (!has_end) return damaged(name, "it is cut off (no IEND chunk)");
  if (parts->data_bytes == 0) return damaged(name, "it has no picture data");
  if (parts->data_bytes < least_data_bytes(parts->header, parts->stored_channels)) {
    return damaged(name, "it is cut off (too little data for its size)");
  }
  if (parts->header.is_palette && !has_palette) return damaged(name, "its palette is missing");
  parts->end = chunks.position();
  return parts;
}

}  // namespace pawfect
