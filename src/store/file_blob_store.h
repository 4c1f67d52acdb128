// BlobStore in a folder. A blob "sessions/ab12.../photo.<digest>" is the file of that name: folders
// stay small because a session's and a job's blobs have one of their own. A blob appears under its
// name only when the disk has it whole.
#pragma once

#include <sys/stat.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>

#include "store/blob_store.h"

namespace pawfect {

class FileBlobStore : public BlobStore {
 public:
  // Makes the folder where it is missing, and removes what writers that died left in it an hour ago
  // or longer. With less than `least_free` bytes left on its disk it is not ready. Error
  // (kUnavailable): it cannot be used.
  static Result<std::unique_ptr<FileBlobStore>> open(const std::filesystem::path& folder,
                                                     std::uint64_t least_free);

  Result<std::string> put(std::string_view prefix, const std::filesystem::path& file) override;
  Result<std::optional<OpenBlob>> open(std::string_view name) override;
  Result<void> remove(std::string_view name) override;
  Result<std::vector<BlobEntry>> list(std::string_view prefix, std::string_view after,
                                      int most) override;
  Result<void> check() override;

 private:
  // A file whose bytes were found to fit its name: device, inode, size, time of the last change.
  using Known = std::tuple<dev_t, ino_t, off_t, std::int64_t>;

  FileBlobStore(std::filesystem::path folder, std::uint64_t least_free)
      : folder_(std::move(folder)), least_free_(least_free) {}

  bool is_known(const Known& known);
  void remember(const Known& known);

  std::filesystem::path folder_;
  std::uint64_t least_free_;
  std::mutex mutex_;  // guards the next two
  std::set<Known> known_;
  std::deque<Known> in_order_;
};

}  // namespace pawfect
