// FileHashes: the SHA-256 of large files, computed once. A hash is remembered in a folder beside
// the prompt cache, for as long as the file's size, times and place on the disk stay what they
// were. Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>

#include "base/error.h"
#include "base/sha256.h"

namespace pawfect {

class FileHashes {
 public:
  // An empty folder: hashes are remembered by this object alone.
  explicit FileHashes(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Errors: kModelMissing for what MappedFile::open refuses and for a file that was cut while it
  // was read; kCancelled.
  Result<Digest> hash(const std::filesystem::path& path, const std::stop_token& stop = {});

  // How many files were read through.
  int computed() const { return computed_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, Digest> known_;  // by the file's mark
  int computed_ = 0;
};

}  // namespace pawfect
