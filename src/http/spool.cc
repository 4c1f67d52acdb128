#include "http/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace pawfect::http {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr const char* kPrefix = "upload-";

Problem no_room(int error) {
  return {
      507, "storage",
      fmt::format("the server cannot store the upload: {}; try again later", std::strerror(error)),
      30};
}

}  // namespace

std::expected<SpoolFile, Problem> SpoolFile::create(const std::filesystem::path& folder) {
  std::string name = (folder / kPrefix).string() + "XXXXXX";
  FileDescriptor file(mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open()) return std::unexpected(no_room(errno));
  return SpoolFile(name, std::move(file));
}

SpoolFile::~SpoolFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)), size_(other.size_) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
  if (this == &other) return *this;
  if (!path_.empty()) ::unlink(path_.c_str());
  path_ = std::exchange(other.path_, {});
  file_ = std::move(other.file_);
  size_ = other.size_;
  return *this;
}

std::expected<void, Problem> SpoolFile::write(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::unexpected(no_room(count < 0 ? errno : ENOSPC));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

asio::awaitable<std::expected<SpoolFile, Problem>> spool_body(Body& body,
                                                              std::filesystem::path folder) {
  auto file = SpoolFile::create(folder);
  if (!file) co_return std::unexpected(file.error());
  std::array<std::byte, kPiece> piece;
  while (true) {
    const auto count = co_await body.read(piece);
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) co_return std::move(*file);
    const auto written = file->write(std::span(piece).first(*count));
    if (!written) co_return std::unexpected(written.error());
  }
}

void clean_spool(const std::filesystem::path& folder) {
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder, problem), end; entry != end && !problem;
       entry.increment(problem)) {
    std::error_code gone;
    if (entry->path().filename().string().starts_with(kPrefix))
      std::filesystem::remove(entry->path(), gone);
  }
}

}  // namespace pawfect::http
