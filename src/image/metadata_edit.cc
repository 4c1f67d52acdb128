#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "image/exif.h"
#include "image/iptc.h"
#include "image/metadata.h"
#include "image/png_parts.h"
#include "image/xmp.h"

namespace pawfect {
namespace {

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

// Text chunks begin with their keyword. "Raw profile type exif" and its like (ImageMagick) are
// whole EXIF, IPTC or XMP blocks in hexadecimal.
bool tells_place(ByteSpan payload) {
  const std::string_view head = as_text(part(payload, 0, 80));
  const std::string keyword = folded(head.substr(0, head.find('\0')));
  for (std::string_view word :
       {"raw profile", "gps", "geo", "location", "latitude", "longitude", "city"}) {
    if (keyword.find(word) != std::string::npos) return true;
  }
  return false;
}

ByteVector chunks_without_place(ByteSpan chunks) {
  ByteVector all;
  append(all, kPngSignature);
  append(all, chunks);
  ByteVector out;
  PngChunks walk(all);
  while (const auto chunk = walk.next()) {
    const bool is_text = chunk->type == "tEXt" || chunk->type == "zTXt" || chunk->type == "iTXt";
    if (!is_text || !tells_place(chunk->payload)) append(out, chunk->whole);
  }
  return out;
}

}  // namespace

Metadata edited_metadata(Metadata metadata, const MetadataEdits& edits,
                         std::vector<std::string>& notices) {
  Metadata out = std::move(metadata);
  const bool strip = edits.strip_location;

  if (!out.exif.empty()) {
    auto exif = edited_exif(out.exif, {edits.width, edits.height, strip});
    if (!exif) notices.push_back("EXIF dropped: it is damaged");
    out.exif = std::move(exif).value_or(ByteVector{});
  }
  if (strip && !out.extended_xmp.empty()) {
    notices.push_back("extended XMP dropped: it cannot be searched for a location");
    out.extended_xmp.clear();
  }
  if (!out.xmp.empty()) {
    auto xmp = edited_xmp(out.xmp, {edits.width, edits.height, strip, !out.extended_xmp.empty()});
    if (xmp) {
      out.xmp = std::move(*xmp);
    } else if (strip) {
      notices.push_back("XMP dropped: it is damaged and cannot be searched for a location");
      out.xmp.clear();
    }
  }
  if (!out.photoshop.empty()) out.photoshop = edited_photoshop(out.photoshop, strip);
  if (strip && !out.iptc.empty()) {
    auto iptc = iptc_without_location(out.iptc);
    if (!iptc)
      notices.push_back("IPTC dropped: it is damaged and cannot be searched for a location");
    out.iptc = std::move(iptc).value_or(ByteVector{});
  }
  if (strip) out.png_chunks = chunks_without_place(out.png_chunks);
  if (edits.is_turned && out.density) std::swap(out.density->x, out.density->y);
  return out;
}

}  // namespace pawfect
