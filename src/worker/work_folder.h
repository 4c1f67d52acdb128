// WorkRoom: where a worker process keeps the files of the jobs that it runs, `work/` in the data
// folder. Each process has a part of its own, held by a lock that ends with the process, so that
// the next one can tell what is left of dead ones, and removes it. WorkFolder: the part of one
// attempt, gone with its end. Readable by the owner only. A room is used from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "store/blob_store.h"

namespace pawfect {

class WorkFolder {
 public:
  ~WorkFolder();
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // A copy: whatever happens to it, the blob stays as it is. Error (kUnavailable): the disk.
  Result<void> copy(const OpenBlob& blob, const std::filesystem::path& to) const;

 private:
  friend class WorkRoom;
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

class WorkRoom {
 public:
  // Errors (kUnavailable): the folder cannot be made or locked.
  static Result<std::unique_ptr<WorkRoom>> open(const std::filesystem::path& data);
  ~WorkRoom();

  Result<WorkFolder> folder(const std::string& name) const;

 private:
  WorkRoom(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;  // its lock is the file beside it
  FileDescriptor lock_;
};

}  // namespace pawfect
