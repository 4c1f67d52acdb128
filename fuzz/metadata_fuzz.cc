// The metadata readers (EXIF, XMP, IPTC, ICC in all four containers) and their editor: damaged
// blobs are left out or mended, never followed outside their bytes.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/file_parts.h"
#include "image/limits.h"
#include "image/metadata.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> file(data, size);
  const auto parts = pawfect::read_file_parts(file, "input", pawfect::ImageLimits{});
  if (!parts) return 0;
  std::vector<std::string> notices;
  const pawfect::Metadata metadata = pawfect::read_metadata(*parts, file, notices);
  for (const bool strip_location : {false, true}) {
    pawfect::MetadataEdits edits;
    edits.width = parts->header().width;
    edits.height = parts->header().height;
    edits.strip_location = strip_location;
    const pawfect::Metadata edited = pawfect::edited_metadata(metadata, edits, notices);
    // What was edited once has nothing left to edit.
    const pawfect::Metadata again = pawfect::edited_metadata(edited, edits, notices);
    if (again.exif != edited.exif || again.xmp != edited.xmp || again.iptc != edited.iptc)
      __builtin_trap();
  }
  return 0;
}
