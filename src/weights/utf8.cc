#include "weights/utf8.h"

namespace pawfect {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t point;
  std::size_t bytes;
  bool is_valid;
};

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// The character that starts `text` (not empty). The second byte's range depends on the first
// (Unicode 15, table 3-7): that keeps out overlong forms, surrogates and what lies over U+10FFFF.
Decoded decode_first(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xC2 || lead > 0xF4) return {kReplacement, 1, false};

  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;

  char32_t point = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return {kReplacement, i, false};
    const unsigned next = byte_at(text, i);
    if (next < low || next > high) return {kReplacement, i, false};
    point = (point << 6) | (next & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return {point, length, true};
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded first = decode_first(text);
    out += first.point;
    text.remove_prefix(first.bytes);
  }
  return out;
}

void append_utf8(std::string& out, char32_t point) {
  if (point < 0x80) {
    out += char(point);
    return;
  }
  if (point < 0x800) {
    out += char(0xC0 | (point >> 6));
  } else if (point < 0x10000) {
    out += char(0xE0 | (point >> 12));
    out += char(0x80 | ((point >> 6) & 0x3F));
  } else {
    out += char(0xF0 | (point >> 18));
    out += char(0x80 | ((point >> 12) & 0x3F));
    out += char(0x80 | ((point >> 6) & 0x3F));
  }
  out += char(0x80 | (point & 0x3F));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Decoded first = decode_first(text);
    if (!first.is_valid) return false;
    text.remove_prefix(first.bytes);
  }
  return true;
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded first = decode_first(text);
    append_utf8(out, first.point);
    text.remove_prefix(first.bytes);
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // A character has at most three bytes after its first; without a first byte there is none to keep
  // whole.
  std::size_t end = max_bytes;
  for (int back = 0; back < 3 && end > 0 && (byte_at(text, end) & 0xC0) == 0x80; ++back) --end;
  const bool is_border = (byte_at(text, end) & 0xC0) != 0x80;
  return text.substr(0, is_border ? end : max_bytes);
}

}  // namespace pawfect
