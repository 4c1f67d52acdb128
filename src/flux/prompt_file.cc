#include "flux/prompt_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <system_error>

#include "weights/printable.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

// 0, or the error number.
int write_new(const fs::path& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written > 0) content.remove_prefix(std::size_t(written));
    if (written == 0) error = ENOSPC;
    if (written < 0 && errno != EINTR) error = errno;
  }
  if (::close(file) != 0 && error == 0) error = errno;
  return error;
}

void make_folder(const fs::path& folder) {
  std::error_code ignored;  // writing will tell
  if (fs::exists(folder, ignored)) return;
  fs::create_directories(folder, ignored);
  fs::permissions(folder, fs::perms::owner_all, ignored);  // prompts are their owner's
}

}  // namespace

std::optional<std::string> read_memory(const fs::path& path, std::uint64_t most_bytes) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error || size > most_bytes) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string content(std::size_t(size), '\0');
  if (!file.read(content.data(), std::streamsize(size))) return std::nullopt;
  return content;
}

Result<void> write_memory(const fs::path& path, std::string_view content) {
  make_folder(path.parent_path());
  std::random_device random;
  const fs::path temporary =
      path.parent_path() / fmt::format(".{:08x}{:08x}.tmp", random(), random());
  int error = write_new(temporary, content);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return fail(ErrorCode::kUsage,
              fmt::format("{}: the prompt cache cannot be written ({}); free some space or give "
                          "another folder",
                          printable_path(path.parent_path()), std::strerror(error)));
}

}  // namespace pawfect
