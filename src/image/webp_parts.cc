#include "image/webp_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace pawfect {
namespace {

constexpr int kMaxChunks = 1'000;
constexpr int kMaxFramesCounted = 1'000'000;

std::unexpected<Error> damaged(std::string_view name, std::string_view what) {
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: the WebP is damaged: {}; copy or export it again", name, what));
}

// The boolean decoder of VP8 (RFC 6386, section 7.3) for values of even probability, of which the
// first part of a frame header consists. Behind the end it reads zeros.
class EvenBits {
 public:
  explicit EvenBits(ByteSpan bytes) : bytes_(bytes) { value_ = (next_byte() << 8) | next_byte(); }

  int bit() {
    const std::uint32_t split = 1 + (((range_ - 1) * 128) >> 8);
    const int result = value_ >= (split << 8);
    if (result) {
      range_ -= split;
      value_ -= split << 8;
    } else {
      range_ = split;
    }
    while (range_ < 128) {
      value_ <<= 1;
      range_ <<= 1;
      if (++shifted_ == 8) {
        shifted_ = 0;
        value_ |= next_byte();
      }
    }
    return result;
  }

  int bits(int count) {
    int value = 0;
    while (count-- > 0) value = (value << 1) | bit();
    return value;
  }

  // A flag, then, when it is set, a number and its sign.
  int optional_signed(int count) {
    if (!bit()) return 0;
    const int value = bits(count);
    return bit() ? -value : value;
  }

 private:
  std::uint32_t next_byte() { return at_ < bytes_.size() ? bytes_[at_++] : 0; }

  ByteSpan bytes_;
  std::size_t at_ = 0;
  std::uint32_t value_ = 0, range_ = 255;
  int shifted_ = 0;
};

// Quantiser index of a key frame, the mean over its segments, each as often as the probabilities of
// the segment map tell (RFC 6386, sections 9.3 to 9.6 and 10).
int read_quantiser(ByteSpan behind_size) {
  EvenBits in(behind_size);
  in.bits(2);  // colour space, clamping
  std::array<int, 4> of_segment{};
  std::array<double, 3> is_zero = {1, 1, 1};  // of the map's tree: 01 or 23, 0 or 1, 2 or 3
  bool is_absolute = false;
  if (in.bit()) {
    const int updates_map = in.bit();
    if (in.bit()) {
      is_absolute = in.bit();
      for (int& quantiser : of_segment) quantiser = in.optional_signed(7);
      for (int i = 0; i < 4; ++i) in.optional_signed(6);
    }
    if (updates_map) {
      for (double& probability : is_zero) probability = in.bit() ? in.bits(8) / 256.0 : 1;
    }
  }
  in.bits(1 + 6 + 3);  // loop filter: kind, level, sharpness
  if (in.bit() && in.bit()) {
    for (int i = 0; i < 8; ++i) in.optional_signed(6);
  }
  in.bits(2);  // number of partitions
  const int base = in.bits(7);
  const double first = is_zero[0] * (is_zero[1] * of_segment[0] + (1 - is_zero[1]) * of_segment[1]);
  const double second =
      (1 - is_zero[0]) * (is_zero[2] * of_segment[2] + (1 - is_zero[2]) * of_segment[3]);
  const int mean = int(std::lround(first + second));
  return std::clamp(is_absolute ? mean : base + mean, 0, 127);
}

struct FrameSize {
  int width = 0, height = 0;
};

// Lossy frame: 3 bytes of tag, the start code, then 14 bits of width and of height (16 with
// scaling).
Result<FrameSize> read_lossy(ByteSpan p, WebpParts& parts, std::string_view name) {
  if (p.size() < 10 || p[3] != 0x9D || p[4] != 0x01 || p[5] != 0x2A) {
    return damaged(name, "its VP8 frame has no start code");
  }
  if (p[0] & 1) return damaged(name, "it does not begin with a key frame");
  const std::uint32_t sizes = le32(p, 6);
  parts.quantiser = read_quantiser(p.subspan(10));
  parts.header.is_lossless = false;
  return FrameSize{int(sizes & 0x3FFF), int((sizes >> 16) & 0x3FFF)};
}

// Lossless frame: 0x2F, then 14 bits of width - 1, 14 of height - 1, one of alpha, three of
// version.
Result<FrameSize> read_lossless(ByteSpan p, WebpParts& parts, std::string_view name) {
  if (p.size() < 5 || p[0] != 0x2F) return damaged(name, "its VP8L frame has no signature");
  const std::uint32_t bits = le32(p, 1);
  if (bits >> 29) return damaged(name, "its VP8L frame is of an unknown version");
  if ((bits >> 28) & 1) parts.header.channels = 4;
  parts.header.is_lossless = true;
  return FrameSize{int(bits & 0x3FFF) + 1, int((bits >> 14) & 0x3FFF) + 1};
}

}  // namespace

bool is_webp(ByteSpan file) {
  return starts_with(file, "RIFF") && starts_with(part(file, 8), "WEBP");
}

Result<WebpParts> read_webp_parts(ByteSpan file, std::string_view name, const ImageLimits& limits) {
  const std::uint64_t end = std::uint64_t{le32(file, 4)} + 8;
  if (end > file.size() || end < 12) return damaged(name, "it is cut off");
  const ByteSpan riff = part(file, 0, std::size_t(end));

  WebpParts parts;
  parts.header.container = Container::kWebp;
  parts.header.channels = 3;
  parts.end = std::size_t(end);
  std::optional<FrameSize> canvas, frame;
  bool is_animated = false, has_alpha = false;
  int frames = 0, count = 0;
  std::size_t at = 12;
  while (holds(riff, at, 8)) {
    if (++count > kMaxChunks && frames == 0) {
      return damaged(name, fmt::format("it has over {} chunks", kMaxChunks));
    }
    const std::string_view type = as_text(riff.subspan(at, 4));
    const std::size_t length = le32(riff, at + 4);
    if (!holds(riff, at + 8, length)) return damaged(name, "it is cut off");
    const ByteSpan payload = riff.subspan(at + 8, length);
    const ByteSpan whole = riff.subspan(at, length + 8);
    at += 8 + length + (length & 1);

    if (type == "VP8X" && length >= 10) {
      is_animated = payload[0] & 0x02;
      has_alpha = payload[0] & 0x10;
      canvas = FrameSize{int(le24(payload, 4)) + 1, int(le24(payload, 7)) + 1};
    } else if (type == "VP8 " || type == "VP8L") {
      if (frame) continue;
      const auto size =
          type == "VP8 " ? read_lossy(payload, parts, name) : read_lossless(payload, parts, name);
      if (!size) return std::unexpected(size.error());
      frame = *size;
      parts.pixels = whole;
    } else if (type == "ALPH") {
      parts.alpha = whole;
    } else if (type == "ANMF") {
      if (++frames >= kMaxFramesCounted) break;
    } else if (type == "ICCP") {
      parts.icc = payload;
    } else if (type == "EXIF") {  // some writers keep the JPEG prefix
      parts.exif =
          starts_with(payload, std::string_view("Exif\0\0", 6)) ? payload.subspan(6) : payload;
    } else if (type == "XMP ") {
      parts.xmp = payload;
    }
  }
  if (is_animated || frames > 0) {
    if (!canvas) return damaged(name, "it is animated but has no VP8X header");
    parts.header.frames = std::max(frames, 1);
    if (has_alpha) parts.header.channels = 4;
    frame = canvas;
  }
  if (!frame) return damaged(name, "it has no picture data");
  if (frame->width == 0 || frame->height == 0) {
    return damaged(name, fmt::format("its size is {} x {}", frame->width, frame->height));
  }
  if (canvas && (canvas->width != frame->width || canvas->height != frame->height)) {
    return damaged(name, fmt::format("its canvas is {} x {} but its frame {} x {}", canvas->width,
                                     canvas->height, frame->width, frame->height));
  }
  if (auto ok = check_size(frame->width, frame->height, "WebP", name, limits); !ok) {
    return std::unexpected(ok.error());
  }
  if (frames == 0 && parts.pixels.empty()) return damaged(name, "it has no picture data");
  if (!parts.header.is_lossless && !parts.alpha.empty()) parts.header.channels = 4;
  parts.header.width = frame->width;
  parts.header.height = frame->height;
  return parts;
}

}  // namespace pawfect
