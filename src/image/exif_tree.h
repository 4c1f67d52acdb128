// The describing entries of a TIFF structure as a tree of values, to carry them between a TIFF file
// and an EXIF block: what says how the pixels are stored is left out. Pure functions.
#pragma once

#include <optional>
#include <vector>

#include "image/bytes.h"

namespace pawfect {

struct ExifEntry {
  std::uint16_t tag = 0, type = 0;
  std::uint32_t count = 0;
  ByteVector value;  // in the tree's byte order
};

struct ExifTree {
  ByteOrder order = ByteOrder::kLittle;
  std::vector<ExifEntry> main, camera, gps, interop;  // each sorted by tag

  bool is_empty() const { return main.empty() && camera.empty() && gps.empty() && interop.empty(); }
};

// Describing entries of the first directory and of its EXIF, GPS and interoperability directories,
// of a TIFF file or an EXIF block. Entries that are damaged or longer than 64 KiB are left out.
// Empty when `bytes` are no TIFF structure.
std::optional<ExifTree> read_exif_tree(ByteSpan bytes);

// The same tree in little-endian byte order.
ExifTree little_endian(ExifTree tree);

// An EXIF block: TIFF header and directories. Empty for an empty tree.
ByteVector write_exif_tree(const ExifTree& tree);

// Appends the tree's directories and values to `out` (all offsets count from its start; it is
// padded to an even length first) and returns the offset of the main one.
std::uint32_t append_exif_tree(ByteVector& out, const ExifTree& tree);

}  // namespace pawfect
