// DataFolder: the folder with the service's database, pictures and files on their way, and the lock
// that says who works in it: one process alone (`serve`), or several that know of each other's kind
// (`api`, `worker`, `labeler`). Owns the lock until it is destroyed; the system takes it away from
// a process that dies.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace pawfect {

class DataFolder {
 public:
  enum class Use { kAlone, kTogether };

  // Makes the folder, readable by its owner only, where it is missing. Errors (kUsage): it cannot
  // be made or written to, or somebody else works in it in a way that does not go with ours.
  static Result<DataFolder> open(const std::filesystem::path& folder, Use use);

  const std::filesystem::path& path() const { return path_; }

  // Folders in it, made where they are missing.
  std::filesystem::path spool() const { return path_ / "spool"; }  // uploads on their way

 private:
  DataFolder(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  FileDescriptor lock_;
};

}  // namespace pawfect
