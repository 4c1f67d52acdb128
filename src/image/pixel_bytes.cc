#include "image/pixel_bytes.h"

namespace pawfect {
namespace {

ByteVector only_pixels(const PngParts& parts, ByteSpan file) {
  ByteVector out;
  out.reserve(parts.data_bytes + 4096);
  append(out, kPngSignature);
  PngChunks chunks(file);
  while (const auto chunk = chunks.next()) {
    if (makes_png_pixels(chunk->type)) append(out, chunk->whole);
  }
  return out;
}

ByteVector only_pixels(const JpegParts& parts, ByteSpan file) {
  ByteVector out;
  out.reserve(parts.scan_bytes + 4096);
  append(out, "\xFF\xD8");
  JpegSegments segments(file);
  while (const auto segment = segments.next()) {
    if (makes_jpeg_pixels(*segment)) append(out, segment->whole);
  }
  return out;
}

void append_chunk(ByteVector& out, ByteSpan chunk) {
  append(out, chunk);
  if (chunk.size() & 1) out.push_back(0);
}

// The picture chunk alone, or, with an ALPH chunk, behind the extended header that announces it.
ByteVector only_pixels(const WebpParts& parts, ByteSpan) {
  if (parts.pixels.empty()) return {};  // an animation, where limits allow one
  ByteVector out;
  out.reserve(parts.pixels.size() + parts.alpha.size() + 64);
  append(out, std::string_view("RIFF\0\0\0\0WEBP", 12));
  if (!parts.header.is_lossless && !parts.alpha.empty()) {
    append(out, std::string_view("VP8X\x0A\0\0\0\x10\0\0\0", 12));
    append_number(out, std::uint32_t(parts.header.width - 1), 3, ByteOrder::kLittle);
    append_number(out, std::uint32_t(parts.header.height - 1), 3, ByteOrder::kLittle);
    append_chunk(out, parts.alpha);
  }
  append_chunk(out, parts.pixels);
  put_number(out, 4, std::uint32_t(out.size() - 8), 4, ByteOrder::kLittle);
  return out;
}

ByteVector only_pixels(const TiffParts& parts, ByteSpan file) {
  constexpr int kPremultiplied = 1, kStraight = 2;
  if (parts.extra_sample != kPremultiplied) return {};
  ByteVector out(file.begin(), file.end());
  const ByteOrder order = starts_with(file, "MM") ? ByteOrder::kBig : ByteOrder::kLittle;
  put_number(out, parts.extra_sample_at, kStraight, 2, order);
  return out;
}

}  // namespace

ByteVector pixel_bytes(const FileParts& parts, ByteSpan file) {
  return std::visit([&](const auto& of) { return only_pixels(of, file); }, parts.of);
}

}  // namespace pawfect
