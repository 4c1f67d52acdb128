#include "weights/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include "weights/printable.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

std::string advice_for(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "the folder does not exist; create it first";
    case EACCES:
    case EPERM:
      return "the folder may not be written to; check its permissions";
    case EROFS:
      return "the disk is read-only; choose another folder";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "the disk is full; free some space or choose another folder";
    case ENAMETOOLONG:
      return "the name is too long; choose a shorter one";
    case EISDIR:
      return "this is a folder; give the name of a file";
    default:
      return fmt::format("{}; choose another place", std::strerror(error));
  }
}

std::unexpected<Error> cannot_write(const fs::path& path, int error) {
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: cannot be written: {}", printable_path(path), advice_for(error)));
}

fs::path temporary_name(const fs::path& folder) {
  std::random_device random;
  return folder / fmt::format(".pawfect-{:08x}{:08x}.tmp", random(), random());
}

// 0, or the error number. A file system that cannot reserve room fails later, when it is full.
int reserve(int descriptor, std::uint64_t bytes) {
  if (bytes == 0 || ::fallocate(descriptor, 0, 0, static_cast<off_t>(bytes)) == 0) return 0;
  return errno == ENOSPC || errno == EFBIG || errno == EDQUOT ? errno : 0;
}

// Makes the rename itself last through a power cut; a file system that cannot does no harm.
void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

Result<NewFile> NewFile::create(const fs::path& path, std::uint64_t bytes) {
  if (!path.has_filename()) return cannot_write(path, EISDIR);
  // Through a link to the file that it names, so that the link stays one.
  std::error_code problem;
  fs::path target = path;
  if (fs::is_symlink(target, problem)) {
    const fs::path resolved = fs::weakly_canonical(target, problem);
    if (!problem && !resolved.empty()) target = resolved;
  }
  struct stat before{};
  const bool exists = ::stat(target.c_str(), &before) == 0;
  if (exists && S_ISDIR(before.st_mode)) return cannot_write(path, EISDIR);
  if (exists && !S_ISREG(before.st_mode)) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: is a pipe or a device; give the name of a file on a disk",
                            printable_path(path)));
  }

  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const fs::path temporary = temporary_name(folder);
  const int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot_write(path, errno);
  NewFile file(std::move(target), temporary, descriptor);  // removes it on every way out
  if (exists) static_cast<void>(::fchmod(descriptor, before.st_mode & 07777));
  if (const int error = reserve(descriptor, bytes); error != 0) return cannot_write(path, error);
  return file;
}

NewFile::~NewFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

NewFile& NewFile::operator=(NewFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Result<void> NewFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return cannot_write(path_, written < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> NewFile::finish() {
  // Room that was asked for and not used must not stay as zeros at the end.
  const off_t end = ::lseek(descriptor_, 0, SEEK_CUR);
  int error = end < 0 || ::ftruncate(descriptor_, end) != 0 ? errno : 0;
  if (error == 0 && ::fsync(descriptor_) != 0 && errno != EINVAL) error = errno;
  if (::close(std::exchange(descriptor_, -1)) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary_.c_str(), path_.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary_.c_str());
    return cannot_write(path_, error);
  }
  sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
  return {};
}

}  // namespace pawfect
