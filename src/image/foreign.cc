#include "image/foreign.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace pawfect {
namespace {

constexpr std::string_view kConvert = "convert it to PNG or JPEG first";

struct Signature {
  std::size_t at;
  std::string_view bytes;
  ForeignFormat format;
};

using namespace std::string_view_literals;

constexpr std::array kSignatures = {
    Signature{0, "GIF8"sv, {"a GIF", "save the frame you want as PNG first"}},
    Signature{0, "8BPS"sv, {"a Photoshop document", "export it as PNG or TIFF first"}},
    Signature{0, "PK\3\4"sv, {"a ZIP archive", "unpack it and give the picture inside"}},
    Signature{0, "PK\5\6"sv, {"a ZIP archive", "unpack it and give the picture inside"}},
    Signature{0, "Rar!"sv, {"a RAR archive", "unpack it and give the picture inside"}},
    Signature{0, "7z\xBC\xAF"sv, {"a 7z archive", "unpack it and give the picture inside"}},
    Signature{0, "\x1F\x8B"sv, {"gzip-compressed data", "unpack it first"}},
    Signature{0,
              "\xFD"
              "7zXZ"sv,
              {"xz-compressed data", "unpack it first"}},
    Signature{0, "\x28\xB5\x2F\xFD"sv, {"zstd-compressed data", "unpack it first"}},
    Signature{0, "\0\0\0\x0CJXL "sv, {"a JPEG XL picture", kConvert}},
    Signature{0, "\xFF\x0A"sv, {"a JPEG XL picture", kConvert}},
    Signature{0, "\0\0\0\x0CjP  "sv, {"a JPEG 2000 picture", kConvert}},
    Signature{0, "\xFF\x4F\xFF\x51"sv, {"a JPEG 2000 picture", kConvert}},
    Signature{0, "\x76\x2F\x31\x01"sv, {"an OpenEXR picture", "convert it to 16-bit PNG first"}},
    Signature{0, "#?RADIANCE"sv, {"a Radiance HDR picture", "convert it to 16-bit PNG first"}},
    Signature{0, "\0\0\1\0"sv, {"an icon file", kConvert}},
    Signature{0, "\x8AMNG"sv, {"an MNG animation", "save the frame you want as PNG first"}},
    Signature{0, "FUJIFILMCCD-RAW"sv, {"a camera raw file", "develop it to JPEG or TIFF first"}},
    Signature{0, "IIRO"sv, {"a camera raw file", "develop it to JPEG or TIFF first"}},
    Signature{0, "IIU\0"sv, {"a camera raw file", "develop it to JPEG or TIFF first"}},
    Signature{0, "\x1A\x45\xDF\xA3"sv, {"a video", "save the frame you want as PNG first"}},
    Signature{0, "\0\0\1\xBA"sv, {"a video", "save the frame you want as PNG first"}},
    Signature{0, "\0\0\1\xB3"sv, {"a video", "save the frame you want as PNG first"}},
    Signature{0, "FLV\1"sv, {"a video", "save the frame you want as PNG first"}},
    Signature{0, "OggS"sv, {"an Ogg sound or video file", "give a picture instead"}},
    Signature{8, "AVI "sv, {"a video", "save the frame you want as PNG first"}},
    Signature{8, "WAVE"sv, {"a sound file", "give a picture instead"}},
    Signature{0,
              "\x7F"
              "ELF"sv,
              {"a program", "give a picture instead"}},
    Signature{0, "MZ"sv, {"a program", "give a picture instead"}},
    Signature{0, "SQLite format 3"sv, {"a database", "give a picture instead"}},
    Signature{0, "P1\n"sv, {"a PBM picture", kConvert}},
    Signature{0, "P2\n"sv, {"a PGM picture", kConvert}},
    Signature{0, "P3\n"sv, {"a PPM picture", kConvert}},
    Signature{0, "P4\n"sv, {"a PBM picture", kConvert}},
    Signature{0, "P5\n"sv, {"a PGM picture", kConvert}},
    Signature{0, "P6\n"sv, {"a PPM picture", kConvert}},
    Signature{0, "qoif"sv, {"a QOI picture", kConvert}},
    Signature{0, "DDS "sv, {"a DDS texture", kConvert}},
};

constexpr ForeignFormat kPdf{"a PDF document", "export the page as PNG first"};
constexpr ForeignFormat kSvg{"an SVG drawing", "export it as PNG first"};
constexpr ForeignFormat kHtml{"an HTML page",
                              "give the picture itself, not the page that shows it"};

// PDF readers accept the header anywhere in the first 1024 bytes (PDF 1.7, implementation note 13),
// and browsers sniff HTML within about the same (WHATWG MIME sniffing reads 1445); we look at this
// much.
constexpr std::size_t kHeadBytes = 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

// `needle` is in lower case; ASCII letters of the bytes are compared without case.
bool contains_folded(ByteSpan bytes, std::string_view needle) {
  const std::string_view text = as_text(bytes);
  return std::search(text.begin(), text.end(), needle.begin(), needle.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool contains(ByteSpan bytes, std::string_view needle) {
  return as_text(bytes).find(needle) != std::string_view::npos;
}

// ISO media files: size, "ftyp", then the major brand and the compatible ones.
std::optional<ForeignFormat> name_iso_media(ByteSpan file) {
  if (!starts_with(part(file, 4), "ftyp")) return std::nullopt;
  const ByteSpan brands = part(file, 8, 64);
  for (std::string_view brand : {"avif", "avis"}) {
    if (starts_with(brands, brand)) return ForeignFormat{"an AVIF picture", kConvert};
  }
  for (std::string_view brand : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}) {
    if (!starts_with(brands, brand)) continue;
    if (contains(brands, "avif")) return ForeignFormat{"an AVIF picture", kConvert};
    return ForeignFormat{"a HEIC picture",
                         "convert it to JPEG first (iPhones: Settings > Camera > Formats > Most "
                         "Compatible)"};
  }
  if (starts_with(brands, "crx ")) {
    return ForeignFormat{"a camera raw file", "develop it to JPEG or TIFF first"};
  }
  return ForeignFormat{"a video", "save the frame you want as PNG first"};
}

// "BM", then a file size and the size of an info header that some version of the format has.
bool is_bmp(ByteSpan file) {
  if (!starts_with(file, "BM") || file.size() < 18) return false;
  const std::uint32_t info = le32(file, 14);
  return info == 12 || (info >= 16 && info <= 128);
}

std::optional<ForeignFormat> name_markup(ByteSpan file) {
  const ByteSpan head = part(file, 0, kHeadBytes);
  if (contains_folded(head, "<svg") || contains_folded(head, "<!doctype svg")) return kSvg;
  for (std::string_view tag : {"<!doctype html", "<html", "<head", "<body", "<script"}) {
    if (contains_folded(head, tag)) return kHtml;
  }
  if (contains_folded(head, "<?xml"))
    return ForeignFormat{"an XML document", "give a picture instead"};
  return std::nullopt;
}

// Bytes of the UTF-8 character at `at`, 1..4; 0 when there is none. A character that the end cuts
// counts.
std::size_t utf8_length(ByteSpan bytes, std::size_t at) {
  const std::uint8_t lead = bytes[at];
  const std::size_t length = lead < 0x80             ? 1
                             : (lead & 0xE0) == 0xC0 ? 2
                             : (lead & 0xF0) == 0xE0 ? 3
                             : (lead & 0xF8) == 0xF0 ? 4
                                                     : 0;
  for (std::size_t i = 1; i < length && at + i < bytes.size(); ++i) {
    if ((bytes[at + i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

// UTF-8 without control characters, or with a byte order mark.
bool is_text(ByteSpan file) {
  if (starts_with(file, "\xFF\xFE") || starts_with(file, "\xFE\xFF")) return true;
  const ByteSpan head = part(file, 0, kHeadBytes);
  for (std::size_t at = 0; at < head.size();) {
    const std::uint8_t c = head[at];
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f') return false;
    const std::size_t length = utf8_length(head, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

// A ZIP file is found from its end: the record "PK\5\6" (22 bytes and a comment of the length that
// it tells) closes the file (APPNOTE 4.3.16). Asking that the comment ends with the file keeps
// chance hits in compressed data out.
bool ends_as_zip(ByteSpan file) {
  constexpr std::size_t kRecord = 22, kComment = 65535;
  if (file.size() < kRecord) return false;
  const std::size_t first = file.size() > kRecord + kComment ? file.size() - kRecord - kComment : 0;
  for (std::size_t at = file.size() - kRecord + 1; at-- > first;) {
    if (file[at] != 'P' || !starts_with(part(file, at), "PK\5\6")) continue;
    const std::size_t comment = number_at(file, at + 20, 2, ByteOrder::kLittle);
    if (at + kRecord + comment == file.size()) return true;
  }
  return false;
}

std::optional<std::string_view> document_at_start(ByteSpan bytes) {
  std::size_t skip = 0;  // blanks and zeros are padding
  while (skip < bytes.size() && (bytes[skip] == 0 || std::isspace(bytes[skip]))) ++skip;
  const ByteSpan text = part(bytes, skip);
  if (text.empty()) return std::nullopt;
  struct Start {
    std::string_view bytes, name;
  };
  constexpr std::array kStarts = {
      Start{"PK\3\4", "a ZIP archive"},
      Start{"Rar!", "a RAR archive"},
      Start{"7z\xBC\xAF", "a 7z archive"},
      Start{"\x7F"
            "ELF",
            "a program"},
      Start{"MZ", "a program"},
      Start{"#!", "a script"},
      Start{"GIF8", "a GIF"},
      Start{"\x1F\x8B", "gzip-compressed data"},
  };
  for (const Start& start : kStarts) {
    if (starts_with(text, start.bytes)) return start.name;
  }
  return std::nullopt;
}

// What PDF readers, browsers and PHP take for the beginning of their document.
std::optional<std::string_view> document_in(ByteSpan bytes) {
  if (contains(bytes, "%PDF-")) return "a PDF document";
  for (std::string_view tag : {"<!doctype html", "<html", "<script"}) {
    if (contains_folded(bytes, tag)) return "an HTML page";
  }
  if (contains_folded(bytes, "<svg")) return "an SVG drawing";
  if (contains_folded(bytes, "<?php")) return "a PHP script";
  return std::nullopt;
}

}  // namespace

ForeignFormat name_foreign_format(ByteSpan file) {
  if (file.empty()) return {"empty", "the file has no bytes: save or copy it again"};
  for (const Signature& signature : kSignatures) {
    if (starts_with(part(file, signature.at), signature.bytes)) return signature.format;
  }
  if (contains(part(file, 0, kHeadBytes), "%PDF-")) return kPdf;
  if (const auto format = name_iso_media(file)) return *format;
  if (is_bmp(file)) return {"a BMP picture", kConvert};
  if (is_text(file)) {
    if (const auto format = name_markup(file)) return *format;
    return {"a text file", "give a picture instead"};
  }
  return {"of no kind we know", "give a JPEG, PNG, WebP or TIFF file"};
}

// Who would take a picture file for something else looks
//   - for PDF: in the first 1024 bytes, of the file or of what follows the picture;
//   - for HTML, SVG, scripts: in the first 1024 bytes, likewise;
//   - for ZIP (also .jar, .docx): at the very end of the file;
//   - for other archives and programs: at the first byte of what follows the picture.
// A second JPEG or a film behind the end marker (phones append gain maps and motion photos) is none
// of these: the caller drops it.
std::optional<std::string_view> find_hidden_document(ByteSpan file, std::size_t picture_end) {
  const ByteSpan tail = part(file, picture_end);
  for (const ByteSpan head : {part(file, 0, kHeadBytes), part(tail, 0, kHeadBytes)}) {
    if (const auto document = document_in(head)) return document;
  }
  if (ends_as_zip(file)) return "a ZIP archive";
  return document_at_start(tail);
}

std::optional<std::string_view> find_document_text(ByteSpan bytes) {
  if (contains(bytes, "PK\5\6")) return "a ZIP archive";
  return document_in(bytes);
}

}  // namespace pawfect
