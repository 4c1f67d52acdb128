#include "service/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace pawfect {
namespace {

constexpr mode_t kOwnerOnly = 0700;

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder.parent_path(), problem);
  if (mkdir(folder.c_str(), kOwnerOnly) == 0 || errno == EEXIST) {
    if (access(folder.c_str(), R_OK | W_OK | X_OK) == 0) return {};
  }
  return fail(ErrorCode::kUsage,
              fmt::format("store.data {}: cannot be used ({}); name a folder that this user may "
                          "write to with --data or [store] data",
                          folder.string(), std::strerror(errno)));
}

}  // namespace

Result<DataFolder> DataFolder::open(const std::filesystem::path& folder, Use use) {
  if (auto made = make_folder(folder); !made) return std::unexpected(made.error());
  if (auto made = make_folder(folder / "spool"); !made) return std::unexpected(made.error());
  FileDescriptor lock(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open()) {
    return fail(ErrorCode::kUsage, fmt::format("store.data {}: its lock cannot be opened ({})",
                                               folder.string(), std::strerror(errno)));
  }
  const int kind = use == Use::kAlone ? LOCK_EX : LOCK_SH;
  if (flock(lock.get(), kind | LOCK_NB) != 0) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("store.data {}: another pawfect works in it{}; stop that one, or name "
                    "another folder with --data",
                    folder.string(), use == Use::kAlone ? "" : " as `serve`, which must be alone"));
  }
  return DataFolder(folder, std::move(lock));
}

}  // namespace pawfect
