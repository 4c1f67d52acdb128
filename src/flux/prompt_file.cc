#include "flux/prompt_file.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <span>
#include <system_error>

#include "base/new_file.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

// 0, or the error number.
int write_whole(const fs::path& path, std::string_view content) {
  auto file = NewFile::create(path, 0600);
  if (!file) return file.error();
  const std::span<const char> characters(content);
  if (const int error = file->write(std::as_bytes(characters)); error != 0) return error;
  return file->finish_unsynced();
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
  const int error = write_whole(path, content);
  if (error == 0) return {};
  return fail(ErrorCode::kUsage,
              fmt::format("{}: the prompt cache cannot be written ({}); free some space or give "
                          "another folder",
                          printable_path(path.parent_path()), std::strerror(error)));
}

}  // namespace pawfect
