#include "base/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

namespace pawfect {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path temporary_name(const fs::path& folder) {
  std::random_device random;
  return folder / fmt::format(".pawfect-{:08x}{:08x}.tmp", random(), random());
}

// Makes the rename itself last through a power cut; a file system that cannot does no harm.
void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

fs::path Destination::folder() const { return folder_of(path); }

std::expected<Destination, int> find_destination(const fs::path& path) {
  if (!path.has_filename()) return std::unexpected(EISDIR);
  Destination found{.path = path};
  std::error_code problem;
  if (fs::is_symlink(path, problem)) {
    const fs::path resolved = fs::weakly_canonical(path, problem);
    if (!problem && !resolved.empty()) found.path = resolved;
  }
  struct stat status{};
  if (::stat(found.path.c_str(), &status) != 0) return found;
  if (S_ISDIR(status.st_mode)) return std::unexpected(EISDIR);
  found.mode = status.st_mode & 07777;
  found.is_special = !S_ISREG(status.st_mode);
  return found;
}

int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

std::expected<NewFile, int> NewFile::create(fs::path path, mode_t mode) {
  fs::path temporary = temporary_name(folder_of(path));
  const int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (descriptor < 0) return std::unexpected(errno);
  return NewFile(std::move(path), std::move(temporary), descriptor);
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

void NewFile::take_mode(std::optional<mode_t> mode) {
  if (mode) static_cast<void>(::fchmod(descriptor_, *mode));
}

int NewFile::reserve(std::uint64_t bytes) {
  if (bytes == 0 || ::fallocate(descriptor_, 0, 0, static_cast<off_t>(bytes)) == 0) return 0;
  return errno == ENOSPC || errno == EFBIG || errno == EDQUOT ? errno : 0;
}

int NewFile::write(std::span<const std::byte> bytes) { return write_all(descriptor_, bytes); }

int NewFile::finish() {
  // Room that was asked for and not used must not stay as zeros at the end.
  const off_t end = ::lseek(descriptor_, 0, SEEK_CUR);
  int error = end < 0 || ::ftruncate(descriptor_, end) != 0 ? errno : 0;
  if (error == 0 && ::fsync(descriptor_) != 0 && errno != EINVAL) error = errno;
  error = close_and_rename(error);
  if (error == 0) sync_folder(folder_of(path_));
  return error;
}

int NewFile::finish_unsynced() { return close_and_rename(0); }

int NewFile::close_and_rename(int error) {
  if (::close(std::exchange(descriptor_, -1)) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary_.c_str(), path_.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(temporary_.c_str());
  return error;
}

int write_whole_file(const Destination& destination, std::span<const std::byte> bytes) {
  auto file = NewFile::create(destination.path);
  if (!file) return file.error();
  file->take_mode(destination.mode);
  if (const int error = file->write(bytes); error != 0) return error;
  return file->finish();
}

}  // namespace pawfect
