#include "store/file_blob_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/new_file.h"
#include "store/blob_name.h"
#include "store/file_digest.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostKnown = 10'000;
constexpr std::chrono::hours kLeftoverAge{1};
constexpr mode_t kOwnerOnly = 0600;

Error unavailable(const fs::path& path, int error) {
  const char* advice = error == ENOSPC || error == EDQUOT || error == EFBIG
                           ? "make room on the disk"
                           : "is its folder there, and may this user write to it?";
  return {ErrorCode::kUnavailable,
          fmt::format("{}: {}; {}", path.string(), std::strerror(error), advice)};
}

// A name that a NewFile has on its way.
bool is_temporary(const fs::path& path) { return path.extension() == ".tmp"; }

void remove_leftovers(const fs::path& folder) {
  std::error_code problem;
  const auto old = fs::file_time_type::clock::now() - kLeftoverAge;
  for (fs::recursive_directory_iterator entry(folder, problem), end; entry != end && !problem;
       entry.increment(problem)) {
    std::error_code gone;
    if (is_temporary(entry->path()) && entry->last_write_time(gone) < old && !gone)
      fs::remove(entry->path(), gone);
  }
}

int sync_file(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return errno;
  return fsync(file.get()) == 0 ? 0 : errno;
}

void sync_folder(const fs::path& path) {
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) fsync(folder.get());
}

// Makes the folders down to `folder`; what is made is synced into its parent.
int make_folders(const fs::path& root, const fs::path& folder) {
  fs::path made = root;
  for (const fs::path& part : folder.lexically_relative(root)) {
    const fs::path parent = made;
    made /= part;
    if (mkdir(made.c_str(), 0700) == 0) {
      sync_folder(parent);
    } else if (errno != EEXIST) {
      return errno;
    }
  }
  return 0;
}

// For a file on another file system.
int copy_whole(int from, std::uint64_t size, const fs::path& to) {
  auto file = NewFile::create(to, kOwnerOnly);
  if (!file) return file.error();
  if (lseek(from, 0, SEEK_SET) != 0) return errno;
  std::array<std::byte, 64 * 1024> piece;
  std::uint64_t copied = 0;
  while (copied < size) {
    const ssize_t count = ::read(from, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : EIO;
    if (const int error = file->write(std::span(piece).first(std::size_t(count)))) return error;
    copied += std::uint64_t(count);
  }
  return file->finish();
}

}  // namespace

Result<std::unique_ptr<FileBlobStore>> FileBlobStore::open(const fs::path& folder,
                                                           std::uint64_t least_free) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return std::unexpected(unavailable(folder, errno));
  if (access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    return std::unexpected(unavailable(folder, errno));
  remove_leftovers(folder);
  return std::unique_ptr<FileBlobStore>(new FileBlobStore(folder, least_free));
}

Result<std::string> FileBlobStore::put(std::string_view prefix, const fs::path& file) {
  const FileDescriptor source(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!source.is_open()) return std::unexpected(unavailable(file, errno));
  const auto digest = digest_file(source.get());
  if (!digest) return std::unexpected(unavailable(file, digest.error()));
  std::string name = fmt::format("{}.{}", prefix, digest->hex);
  if (auto checked = check_blob_name(name); !checked) return std::unexpected(checked.error());

  const fs::path target = folder_ / name;
  std::error_code problem;
  if (fs::exists(target, problem)) {
    fs::remove(file, problem);
    return name;
  }
  if (const int error = sync_file(file)) return std::unexpected(unavailable(file, error));
  // Somebody who removes a folder's last blob may take the folder away under our hands.
  for (int round = 0; round < 3; ++round) {
    if (const int error = make_folders(folder_, target.parent_path()))
      return std::unexpected(unavailable(target.parent_path(), error));
    if (::rename(file.c_str(), target.c_str()) == 0) {
      sync_folder(target.parent_path());
      return name;
    }
    if (errno != ENOENT) break;
  }
  if (errno != EXDEV) return std::unexpected(unavailable(target, errno));
  if (const int error = copy_whole(source.get(), digest->size, target))
    return std::unexpected(unavailable(target, error));
  fs::remove(file, problem);
  return name;
}

bool FileBlobStore::is_known(const Known& known) {
  const std::lock_guard lock(mutex_);
  return known_.contains(known);
}

void FileBlobStore::remember(const Known& known) {
  const std::lock_guard lock(mutex_);
  if (!known_.insert(known).second) return;
  in_order_.push_back(known);
  if (in_order_.size() <= kMostKnown) return;
  known_.erase(in_order_.front());
  in_order_.pop_front();
}

Result<std::optional<OpenBlob>> FileBlobStore::open(std::string_view name) {
  if (auto checked = check_blob_name(name); !checked) return std::unexpected(checked.error());
  const fs::path path = folder_ / name;
  OpenBlob blob{FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)), 0};
  if (!blob.file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return std::unexpected(unavailable(path, errno));
  }
  struct stat status{};
  if (fstat(blob.file.get(), &status) != 0) return std::unexpected(unavailable(path, errno));
  blob.size = static_cast<std::uint64_t>(status.st_size);
  const Known known{status.st_dev, status.st_ino, status.st_size,
                    status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  if (is_known(known)) return blob;
  const auto digest = digest_file(blob.file.get());
  if (!digest) return std::unexpected(unavailable(path, digest.error()));
  if (digest->hex != digest_of(name)) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: its bytes are not those that were stored (SHA-256 {}); put back a "
                            "copy of the file",
                            path.string(), digest->hex));
  }
  lseek(blob.file.get(), 0, SEEK_SET);
  remember(known);
  return blob;
}

Result<void> FileBlobStore::remove(std::string_view name) {
  if (auto checked = check_blob_name(name); !checked) return checked;
  const fs::path path = folder_ / name;
  if (unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
    return std::unexpected(unavailable(path, errno));
  // Its folders go with the last blob in them; one that still holds something stays.
  for (fs::path folder = path.parent_path();
       folder.parent_path() != folder_ && folder != folder_ && rmdir(folder.c_str()) == 0;
       folder = folder.parent_path()) {
  }
  return {};
}

Result<std::vector<BlobEntry>> FileBlobStore::list(std::string_view prefix, std::string_view after,
                                                   int most) {
  std::vector<BlobEntry> entries;
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(folder_, problem), end; entry != end && !problem;
       entry.increment(problem)) {
    const std::string name = entry->path().lexically_relative(folder_).generic_string();
    // A folder in which no name can begin with the prefix is not entered.
    const std::size_t common = std::min(name.size(), prefix.size());
    if (entry->is_directory(problem)) {
      if (name.substr(0, common) != prefix.substr(0, common)) entry.disable_recursion_pending();
      continue;
    }
    if (!name.starts_with(prefix) || name <= after || !check_blob_name(name)) continue;
    struct stat status{};
    if (::stat(entry->path().c_str(), &status) != 0) continue;
    entries.push_back({name, static_cast<std::uint64_t>(status.st_size),
                       wall_time(status.st_mtim.tv_sec * 1000)});
  }
  if (problem) return std::unexpected(unavailable(folder_, problem.value()));
  std::ranges::sort(entries, {}, &BlobEntry::name);
  if (entries.size() > static_cast<std::size_t>(most)) entries.resize(std::size_t(most));
  return entries;
}

Result<void> FileBlobStore::check() {
  struct statvfs status{};
  if (statvfs(folder_.c_str(), &status) != 0) return std::unexpected(unavailable(folder_, errno));
  const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
  if (free < least_free_) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: {} MiB are left on its disk, and store.least_free says {} MiB; "
                            "make room",
                            folder_.string(), free >> 20, least_free_ >> 20));
  }
  auto file = NewFile::create(folder_ / "check", kOwnerOnly);
  if (!file) return std::unexpected(unavailable(folder_, file.error()));
  const std::byte one{1};
  if (const int error = file->write(std::span(&one, 1)))
    return std::unexpected(unavailable(folder_, error));
  return {};  // it never gets its name
}

}  // namespace pawfect
