// MappedFile: a regular file mapped read-only. Losing the file's end while it is mapped (another
// program cuts it, the disk fails) does not kill the process: the lost pages read as zeros and
// is_damaged() tells. Owns the descriptor and the mapping; movable, not copyable. After opening it
// is safe to use from any thread. Sizes in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/error.h"
#include "weights/bus_guard.h"

namespace pawfect {

enum class Advice : std::uint8_t { kSequential, kWillNeed, kDontNeed };

class MappedFile {
 public:
  // Maps the whole file. Errors (kModelMissing): missing, not readable, not a regular file (folder,
  // pipe, device), empty, refused by the system.
  static Result<MappedFile> open(const std::filesystem::path& path);

  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // The bytes as they were at opening; valid while this object (moved or not) lives.
  std::span<const std::byte> bytes() const { return {base_, size_}; }

  // Whether the file is shorter than at opening or a page of it could not be read. To be asked
  // after the data was used; what was read from a damaged file is worth nothing. It also tells of
  // damage that raised no signal, as when the kernel or a GPU driver read the lost pages.
  bool is_damaged() const;

  // A hint to the system for a part of bytes(); what lies outside is cut off. Never fails.
  void advise(std::uint64_t offset, std::uint64_t bytes, Advice advice) const;

 private:
  MappedFile(int descriptor, std::byte* base, std::size_t size)
      : descriptor_(descriptor), base_(base), size_(size) {}

  int descriptor_ = -1;
  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  GuardedRange guard_;
};

}  // namespace pawfect
