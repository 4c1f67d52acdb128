// SpoolFile: an upload on its way into a file. It is written under a name of its own in the spool
// folder and removed again unless somebody moved it away. Belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <span>
#include <string>

#include "base/file_descriptor.h"
#include "http/exchange.h"
#include "http/problem.h"

namespace pawfect::http {

class SpoolFile {
 public:
  // Problem (507): the folder cannot be written to.
  static std::expected<SpoolFile, Problem> create(const std::filesystem::path& folder);
  ~SpoolFile();
  SpoolFile(SpoolFile&& other) noexcept;
  SpoolFile& operator=(SpoolFile&& other) noexcept;
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  // Appends. Problem (507): the disk is full.
  std::expected<void, Problem> write(std::span<const std::byte> bytes);

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return file_.get(); }
  std::uint64_t size() const { return size_; }

 private:
  SpoolFile(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

// The whole body into a new file. Pieces are small enough for the network thread: the page cache
// takes them. Problems: the body's, the file's.
asio::awaitable<std::expected<SpoolFile, Problem>> spool_body(Body& body,
                                                              std::filesystem::path folder);

// Removes what processes that died left in the folder. Called once, before the first upload.
void clean_spool(const std::filesystem::path& folder);

}  // namespace pawfect::http
