#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/new_file.h"
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

// A pipe or device takes the bytes as they are.
int write_through(std::span<const std::byte> bytes, const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const int error = write_all(descriptor, bytes);
  const bool is_closed = ::close(descriptor) == 0;
  return error == 0 && !is_closed ? errno : error;
}

}  // namespace

Result<void> write_file_atomically(std::span<const std::uint8_t> bytes, const fs::path& out) {
  const auto destination = find_destination(out);
  if (!destination) return cannot_write(out, destination.error(), out);
  const std::span<const std::byte> raw = std::as_bytes(bytes);
  const int error = destination->is_special ? write_through(raw, destination->path)
                                            : write_whole_file(*destination, raw);
  if (error != 0) return cannot_write(out, error, destination->folder());
  return {};
}

}  // namespace pawfect
