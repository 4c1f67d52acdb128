#include "weights/new_weight_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
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

Result<void> written(const fs::path& path, int error) {
  if (error != 0) return cannot_write(path, error);
  return {};
}

}  // namespace

Result<NewWeightFile> NewWeightFile::create(const fs::path& path, std::uint64_t bytes) {
  const auto destination = find_destination(path);
  if (!destination) return cannot_write(path, destination.error());
  if (destination->is_special) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: is a pipe or a device; give the name of a file on a disk",
                            printable_path(path)));
  }
  auto file = NewFile::create(destination->path);
  if (!file) return cannot_write(path, file.error());
  file->take_mode(destination->mode);
  if (const int error = file->reserve(bytes); error != 0) return cannot_write(path, error);
  return NewWeightFile(std::move(*file));
}

Result<void> NewWeightFile::write(std::span<const std::byte> bytes) {
  return written(file_.path(), file_.write(bytes));
}

Result<void> NewWeightFile::finish() { return written(file_.path(), file_.finish()); }

}  // namespace pawfect
