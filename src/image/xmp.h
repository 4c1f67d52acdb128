// Corrects an XMP packet (ISO 16684-1: RDF in XML, UTF-8) without re-writing it: only the
// properties named here are cut out or replaced, every other byte stays. Pure functions.
#pragma once

#include <optional>

#include "image/bytes.h"

namespace pawfect {

struct XmpEdits {
  int width = 0;  // of the upright picture, pixels
  int height = 0;
  bool strip_location = false;
  bool has_extension = false;  // the extended part, which the packet points to, goes along
};

// The packet with tiff:Orientation 1, the pixel dimensions (where told) corrected, without
// thumbnails and without what describes data behind the picture (motion photo, gain map), since
// that is dropped; with strip_location also without GPS and place properties of any schema (see
// is_location in xmp.cc). Empty when it is not well-formed UTF-8 XML.
std::optional<ByteVector> edited_xmp(ByteSpan packet, const XmpEdits& edits);

}  // namespace pawfect
