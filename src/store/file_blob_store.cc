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
constexpr int kMostRounds = 100;
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

// Others may take files and folders away meanwhile: what is gone is passed over. Symbolic links are
// never followed. Folders' names end in '/', which also puts everything into the order of the full
// names.
std::expected<std::vector<std::string>, int> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::error_code gone;
    const bool is_folder = entry->symlink_status(gone).type() == fs::file_type::directory;
    names.push_back(entry->path().filename().string() + (is_folder ? "/" : ""));
  }
  if (problem) return std::unexpected(problem.value());
  std::ranges::sort(names);
  return names;
}

bool is_folder_name(std::string_view name) { return name.ends_with('/'); }

// Deeper than a blob's name can be, nothing is ours.
bool is_deepest(std::string_view folder) { return std::ranges::count(folder, '/') > 8; }

void remove_leftovers(const fs::path& root, const std::string& folder,
                      fs::file_time_type written_before) {
  const auto names = names_in(root / folder);
  if (!names || is_deepest(folder)) return;
  for (const std::string& name : *names) {
    const fs::path path = root / folder / name;
    std::error_code gone;
    if (is_folder_name(name)) {
      remove_leftovers(root, folder + name, written_before);
    } else if (is_temporary(path) && fs::last_write_time(path, gone) < written_before && !gone) {
      fs::remove(path, gone);
    }
  }
}

// Goes through a folder and those in it in the order of the names, and leaves out what cannot be
// asked for.
class Listing {
 public:
  Listing(const fs::path& root, std::string_view prefix, std::string_view after, std::size_t most)
      : root_(root), prefix_(prefix), after_(after), most_(most) {}

  // `folder` is "" or ends in '/'. 0, or the error.
  int add(const std::string& folder) {
    const auto names = names_in(root_ / folder);
    if (!names) return names.error() == ENOENT && !folder.empty() ? 0 : names.error();
    for (const std::string& name : *names) {
      if (entries_.size() >= most_) return 0;
      const std::string whole = folder + name;
      if (!is_folder_name(name)) {
        add_file(whole);
      } else if (may_hold(whole) && !is_deepest(whole)) {
        if (const int error = add(whole)) return error;
      }
    }
    return 0;
  }

  std::vector<BlobEntry> entries() && { return std::move(entries_); }

 private:
  bool may_hold(std::string_view folder) const {
    const std::size_t common = std::min(folder.size(), prefix_.size());
    if (folder.substr(0, common) != prefix_.substr(0, common)) return false;
    return folder > after_ || after_.starts_with(folder);
  }

  void add_file(const std::string& name) {
    if (!name.starts_with(prefix_) || name <= after_ || !check_blob_name(name)) return;
    struct stat status{};
    if (::lstat((root_ / name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    entries_.push_back({name, static_cast<std::uint64_t>(status.st_size),
                        wall_time(status.st_mtim.tv_sec * 1000)});
  }

  const fs::path& root_;
  std::string_view prefix_, after_;
  std::size_t most_;
  std::vector<BlobEntry> entries_;
};

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

// Gives the file its name in the store: 0, or the error. It stays where it was when it had to be
// copied.
int move_in(const fs::path& file, int descriptor, std::uint64_t size, const fs::path& target) {
  if (::rename(file.c_str(), target.c_str()) != 0)
    return errno == EXDEV ? copy_whole(descriptor, size, target) : errno;
  sync_folder(target.parent_path());
  return 0;
}

}  // namespace

Result<std::unique_ptr<FileBlobStore>> FileBlobStore::open(const fs::path& folder,
                                                           std::uint64_t least_free) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return std::unexpected(unavailable(folder, errno));
  if (access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    return std::unexpected(unavailable(folder, errno));
  remove_leftovers(folder, "", fs::file_time_type::clock::now() - kLeftoverAge);
  return std::unique_ptr<FileBlobStore>(new FileBlobStore(folder, least_free));
}

Result<std::string> FileBlobStore::put(std::string_view prefix, const fs::path& file) {
  const FileDescriptor source(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!source.is_open()) return std::unexpected(unavailable(file, errno));
  const auto digest = digest_file(source.get());
  if (!digest) return std::unexpected(unavailable(file, digest.error()));
  std::string name = fmt::format("{}.{}", prefix, digest->hex);
  if (auto checked = check_blob_name(name); !checked) return std::unexpected(checked.error());

  std::error_code problem;
  // One that is damaged is written anew.
  if (const auto there = open(name); there && *there) {
    fs::remove(file, problem);
    return name;
  }
  if (const int error = sync_file(file)) return std::unexpected(unavailable(file, error));
  const fs::path target = folder_ / name;
  // Somebody who removes a folder's last blob may take the folder away under our hands.
  int error = ENOENT;
  for (int round = 0; round < kMostRounds && error == ENOENT; ++round) {
    error = make_folders(folder_, target.parent_path());
    if (error == 0) error = move_in(file, source.get(), digest->size, target);
  }
  if (error != 0) return std::unexpected(unavailable(target, error));
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
  Listing listing(folder_, prefix, after, static_cast<std::size_t>(std::max(most, 0)));
  if (const int error = listing.add("")) return std::unexpected(unavailable(folder_, error));
  return std::move(listing).entries();
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
