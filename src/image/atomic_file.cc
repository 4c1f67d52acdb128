#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "image/read_file.h"
#include "image/save.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

std::string advice_for(int error, const fs::path& folder) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return fmt::format("the folder {} does not exist; create it first",
                         for_message(folder.string()));
    case EACCES:
    case EPERM:
      return fmt::format("the folder {} may not be written to; check its permissions",
                         for_message(folder.string()));
    case EROFS:
      return "the disk is read-only; choose another folder";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "the disk is full; free some space";
    case ENAMETOOLONG:
      return "the name is too long; choose a shorter one";
    case EISDIR:
      return "this is a folder; give the name of a file";
    default:
      return fmt::format("{}; choose another place", std::strerror(error));
  }
}

std::unexpected<Error> cannot_write(const fs::path& out, int error, const fs::path& folder) {
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: cannot be written: {}", for_message(out.string()),
                          advice_for(error, folder)));
}

// 0, or the error number.
int write_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    bytes = bytes.subspan(std::size_t(written));
  }
  return 0;
}

fs::path temporary_name(const fs::path& folder) {
  std::random_device random;
  return folder / fmt::format(".pawfect-{:08x}{:08x}.tmp", random(), random());
}

// A pipe or device takes the bytes as they are; renaming something over it would replace it.
Result<void> write_through(std::span<const std::uint8_t> bytes, const fs::path& out,
                           const fs::path& folder) {
  const int fd = ::open(out.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return cannot_write(out, errno, folder);
  int error = write_all(fd, bytes);
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) return cannot_write(out, error, folder);
  return {};
}

// Makes the rename itself last through a power cut; a file system that cannot does no harm.
void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

Result<void> write_file_atomically(std::span<const std::uint8_t> bytes, const fs::path& out) {
  if (out.empty() || !out.has_filename()) return cannot_write(out, EISDIR, out);
  // Through a link to the file that it names, so that the link stays one.
  std::error_code ignored;
  fs::path target = out;
  if (fs::is_symlink(target, ignored)) {
    const fs::path resolved = fs::weakly_canonical(target, ignored);
    if (!ignored && !resolved.empty()) target = resolved;
  }
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");

  struct stat before{};
  const bool exists = ::stat(target.c_str(), &before) == 0;
  if (exists && S_ISDIR(before.st_mode)) return cannot_write(out, EISDIR, folder);
  if (exists && !S_ISREG(before.st_mode)) return write_through(bytes, target, folder);

  const fs::path temporary = temporary_name(folder);
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) return cannot_write(out, errno, folder);
  if (exists && ::fchmod(fd, before.st_mode & 07777) != 0)
    errno = 0;  // kept where the system lets us
  int error = write_all(fd, bytes);
  if (error == 0 && ::fsync(fd) != 0 && errno != EINVAL) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return cannot_write(out, error, folder);
  }
  sync_folder(folder);
  return {};
}

}  // namespace pawfect
