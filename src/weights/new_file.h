// NewFile: a large file on its way to the disk. It is written under a temporary name in the folder
// where it is to stand, and takes its own name only when it is whole and on the disk: whatever goes
// wrong before (a full disk, a cancelled job), nothing is left behind, and an older file of that
// name stays as it was. Owns the temporary file; movable, not copyable. Used from one thread. Sizes
// in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/error.h"

namespace pawfect {

class NewFile {
 public:
  // Opens the temporary file and asks the system for `bytes` of room, so that a disk that is too
  // small is known before hours of work. Errors (kBadInput), of this and of the calls below: the
  // folder is missing or may not be written to, the disk is full, `path` is a folder or a device.
  static Result<NewFile> create(const std::filesystem::path& path, std::uint64_t bytes);

  ~NewFile();
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&& other) noexcept;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Appends.
  Result<void> write(std::span<const std::byte> bytes);

  // Waits until the disk has everything and gives the file its name. Nothing may be written after.
  Result<void> finish();

 private:
  NewFile(std::filesystem::path path, std::filesystem::path temporary, int descriptor)
      : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;  // -1: finished, moved from
};

}  // namespace pawfect
