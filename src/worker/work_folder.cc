#include "worker/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>

namespace pawfect {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockEnding = ".lock";

Error disk_trouble(const fs::path& path, int error) {
  return {ErrorCode::kUnavailable, fmt::format("{}: {}; is the disk full, or not to be written to?",
                                               path.string(), std::strerror(error))};
}

Result<void> make_folder(const fs::path& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return std::unexpected(disk_trouble(path, errno));
}

fs::path lock_of(const fs::path& folder) { return folder.string() + std::string(kLockEnding); }

// The lock, unless somebody else has it. A lock file that was removed meanwhile locks nothing.
FileDescriptor try_lock(const fs::path& file) {
  FileDescriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat open_one{}, named{};
  const bool is_ours = lock.is_open() && flock(lock.get(), LOCK_EX | LOCK_NB) == 0 &&
                       fstat(lock.get(), &open_one) == 0 && stat(file.c_str(), &named) == 0 &&
                       open_one.st_ino == named.st_ino;
  if (!is_ours) lock.reset();
  return lock;
}

void remove_room(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  fs::remove(lock_of(folder), ignored);
}

void remove_dead_rooms(const fs::path& work) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(work, ignored)) {
    if (entry.path().extension() != kLockEnding) continue;
    if (const FileDescriptor lock = try_lock(entry.path()); lock.is_open())
      remove_room(fs::path(entry.path()).replace_extension());
  }
}

}  // namespace

WorkFolder::~WorkFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<void> WorkFolder::copy(const OpenBlob& blob, const fs::path& to) const {
  const FileDescriptor file(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return std::unexpected(disk_trouble(to, errno));
  off_t at = 0;
  while (std::uint64_t(at) < blob.size) {
    const ssize_t copied =
        sendfile(file.get(), blob.file.get(), &at, std::size_t(blob.size - std::uint64_t(at)));
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) return std::unexpected(disk_trouble(to, copied < 0 ? errno : EIO));
  }
  return {};
}

Result<std::unique_ptr<WorkRoom>> WorkRoom::open(const fs::path& data) {
  const fs::path work = data / "work";
  if (auto made = make_folder(work); !made) return std::unexpected(made.error());
  remove_dead_rooms(work);
  constexpr int kTries = 10;
  std::random_device random;
  for (int i = 0; i < kTries; ++i) {
    const fs::path room = work / fmt::format("{:08x}{:08x}", random(), random());
    FileDescriptor lock = try_lock(lock_of(room));
    if (!lock.is_open()) continue;
    if (auto made = make_folder(room); !made) return std::unexpected(made.error());
    return std::unique_ptr<WorkRoom>(new WorkRoom(room, std::move(lock)));
  }
  return std::unexpected(disk_trouble(work, EACCES));
}

WorkRoom::~WorkRoom() { remove_room(path_); }

Result<WorkFolder> WorkRoom::folder(const std::string& name) const {
  WorkFolder folder(path_ / name);
  if (auto made = make_folder(folder.path()); !made) return std::unexpected(made.error());
  return folder;
}

}  // namespace pawfect
