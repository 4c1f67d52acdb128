// Tells what a file is from its bytes alone (never from its name) and how large its picture will
// be, without decoding it. The sniffer's answer alone decides which decoder runs. Reads the span in
// place: no allocation grows with the input, every walk over chunks, segments or pages is bounded.
// Pure functions, safe from any thread. Sizes are in pixels as stored, before any orientation tag.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "image/limits.h"

namespace pawfect {

enum class Container : std::uint8_t { kPng, kJpeg, kWebp, kTiff };

// "PNG", "JPEG", "WebP", "TIFF".
std::string_view container_name(Container container);

struct ImageHeader {
  Container container = Container::kPng;
  int width = 0;
  int height = 0;
  int channels = 0;         // as decoded to grey/RGB(A) or CMYK: 1..5, palette already expanded
  int bits_per_sample = 8;  // as stored: 1, 2, 4, 8, 16 (32 is refused)
  int frames = 1;
  bool is_palette = false;
  bool is_cmyk = false;     // CMYK or YCCK
  bool is_lossless = true;  // WebP: VP8L; TIFF: any compression but JPEG; JPEG: false
};

// Header of the picture in `file`. `name` is the file or field for messages.
// Errors (kBadInput): empty or not a picture we read (what it is instead is told by its content:
// SVG, PDF, GIF, HEIC, ...), damaged header, a size, byte or frame limit passed, a polyglot. The
// polyglot rule: the file must begin with the picture's own signature at byte 0, and what stands
// behind the picture's end marker must not be another document (PDF, ZIP, HTML, SVG, ...).
Result<ImageHeader> sniff_image(std::span<const std::uint8_t> file, std::string_view name,
                                const ImageLimits& limits);

}  // namespace pawfect
