// NewWeightFile: a large file that appears whole or not at all (base/new_file.h), with room on the
// disk made sure of first and errors in words. Owns the temporary file; movable, not copyable. Used
// from one thread. Sizes in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/error.h"
#include "base/new_file.h"

namespace pawfect {

class NewWeightFile {
 public:
  // Opens the temporary file and asks the system for `bytes` of room, so that a disk that is too
  // small is known before hours of work. Errors (kBadInput), of this and of the calls below: the
  // folder is missing or may not be written to, the disk is full, `path` is a folder or a device.
  static Result<NewWeightFile> create(const std::filesystem::path& path, std::uint64_t bytes);

  // Appends.
  Result<void> write(std::span<const std::byte> bytes);

  // Waits until the disk has everything and gives the file its name. Nothing may be written after.
  Result<void> finish();

 private:
  explicit NewWeightFile(NewFile file) : file_(std::move(file)) {}

  NewFile file_;
};

}  // namespace pawfect
