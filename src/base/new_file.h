// NewFile: a file on its way to the disk. It is written under a temporary name in the folder where
// it is to stand, and takes its own name only when it is whole: whatever goes wrong before (a full
// disk, a cancelled job), nothing is left behind, and an older file of that name stays as it was.
// Owns the temporary file; movable, not copyable. Used from one thread. Sizes in bytes. Errors are
// the system's numbers (errno): whoever writes for people says what to do about them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>

namespace pawfect {

// What is at a path where a file is to be written.
struct Destination {
  std::filesystem::path path;  // through a link to the file that it names, so that the link stays
  std::optional<mode_t> mode = {};  // of the file that is there
  bool is_special = false;  // a pipe or a device: renaming something over it would replace it

  std::filesystem::path folder() const;
};

// Error EISDIR: a folder is there, or the path names no file.
std::expected<Destination, int> find_destination(const std::filesystem::path& path);

// Writes all of it: 0, or the error.
int write_all(int descriptor, std::span<const std::byte> bytes);

class NewFile {
 public:
  // Opens the temporary file that is to become `path`, with that mode (less the umask's).
  static std::expected<NewFile, int> create(std::filesystem::path path, mode_t mode = 0666);

  ~NewFile();
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&& other) noexcept;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Takes the mode of the file that it replaces, where the system lets us.
  void take_mode(std::optional<mode_t> mode);

  // The calls below return 0, or the error.

  // Asks for that much room, so that a disk that is too small is known before hours of work. A file
  // system that cannot reserve room fails later, when it is full.
  int reserve(std::uint64_t bytes);

  // Appends.
  int write(std::span<const std::byte> bytes);

  // Gives the file its name; nothing may be written after. `finish` first waits until the disk has
  // everything; `finish_unsynced` is for what may be lost in a power cut.
  int finish();
  int finish_unsynced();

 private:
  NewFile(std::filesystem::path path, std::filesystem::path temporary, int descriptor)
      : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

  int close_and_rename(int error);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;  // -1: finished, moved from
};

// Writes a file whole, with the mode of the one that it replaces: 0, or the error.
int write_whole_file(const Destination& destination, std::span<const std::byte> bytes);

}  // namespace pawfect
