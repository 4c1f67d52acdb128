// Writes an Image in the form of the file it came from: same container, compression and quality,
// same profile and metadata (orientation set to 1, thumbnail dropped, pixel dimensions corrected).
// A file appears under its name only when it is whole: it is written under a temporary name in the
// same folder, synced and renamed. Safe from several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/image.h"
#include "image/load.h"

namespace pawfect {

struct SaveOptions {
  bool strip_location = false;  // drop GPS and place names from EXIF, XMP and IPTC
  std::optional<int> jpeg_quality = std::nullopt;  // 1..100; default: the input's own, else 92
  int png_compression = 1;  // deflate level 0..9; see docs/images.md for what each costs
};

struct SavedImage {
  Container container = Container::kPng;
  std::vector<std::uint8_t> bytes;   // the file; moved out to disk by save_image, then empty
  std::vector<std::string> notices;  // one line each: lossless became lossy, depth or alpha lost
};

// Container for a file named `out`: what its extension says when that is a container we write, else
// `input`. Errors (kUsage): the extension names a format that we do not write (.gif, .heic, .pdf,
// ...).
Result<Container> container_for(const std::filesystem::path& out, Container input);

// The file's bytes. Errors: kBadInput when the picture does not fit the container (a side over
// 16383 in WebP), kBug when the encoder fails.
Result<SavedImage> encode_image(const Image& image, const SourceInfo& source, Container container,
                                const SaveOptions& options);

// Encodes into the container that `out` asks for and writes it. Errors: as both above, and
// kBadInput when the folder is missing or not writable or the disk is full; no file is left behind
// then, and a file that stood at `out` before is unharmed.
Result<SavedImage> save_image(const Image& image, const SourceInfo& source,
                              const std::filesystem::path& out, const SaveOptions& options);

// Writes `bytes` to `out` through a temporary name in the same folder: O_EXCL, write, fsync,
// rename.
Result<void> write_file_atomically(std::span<const std::uint8_t> bytes,
                                   const std::filesystem::path& out);

}  // namespace pawfect
