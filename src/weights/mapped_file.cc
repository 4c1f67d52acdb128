#include "weights/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "weights/printable.h"

namespace pawfect {
namespace {

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string_view why) {
  return fail(ErrorCode::kModelMissing, fmt::format("{}: {}", printable_path(path), why));
}

std::unexpected<Error> cannot_open(const std::filesystem::path& path, int error) {
  std::string_view advice = "give another file";
  if (error == ENOENT || error == ENOTDIR) advice = "check the name and that it was fetched";
  if (error == EACCES || error == EPERM) advice = "check its permissions";
  return refuse(path, fmt::format("cannot be read: {}; {}", std::strerror(error), advice));
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "is a folder";
  if (S_ISFIFO(mode)) return "is a pipe";
  if (S_ISSOCK(mode)) return "is a socket";
  return "is a device";
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  if (path.empty())
    return fail(ErrorCode::kModelMissing, "the name of the weight file is empty; give its path");
  // Without O_NONBLOCK a pipe that nobody writes to would hold us here.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return cannot_open(path, errno);
  MappedFile file(descriptor, nullptr, 0);  // closes it on every way out

  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return cannot_open(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return refuse(path, fmt::format("{}; a weight file is a regular file: give the .gguf or "
                                    ".safetensors file itself",
                                    kind_of(status.st_mode)));
  }
  if (status.st_size <= 0)
    return refuse(path, "the file is empty; it is probably a failed download: fetch it again");

  const auto size = static_cast<std::size_t>(status.st_size);
  void* base = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (base == MAP_FAILED) {
    return refuse(path, fmt::format("its {:.1f} GiB cannot be mapped: {}; raise the limit on the "
                                    "address space (ulimit -v) or keep the file on a local disk",
                                    static_cast<double>(size) / (1U << 30), std::strerror(errno)));
  }
  file.base_ = static_cast<std::byte*>(base);
  file.size_ = size;
  auto guard = GuardedRange::watch(base, size);
  if (!guard) return refuse(path, guard.error().message);
  file.guard_ = std::move(*guard);
  return file;
}

MappedFile::~MappedFile() {
  guard_ = GuardedRange();  // before the addresses can belong to somebody else
  if (base_ != nullptr) ::munmap(base_, size_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      base_(std::exchange(other.base_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      guard_(std::move(other.guard_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(base_, other.base_);
  std::swap(size_, other.size_);
  std::swap(guard_, other.guard_);
  return *this;
}

bool MappedFile::is_damaged() const {
  if (guard_.was_hit()) return true;
  if (descriptor_ < 0) return false;
  struct stat status{};
  return ::fstat(descriptor_, &status) != 0 || static_cast<std::size_t>(status.st_size) < size_;
}

void MappedFile::advise(std::uint64_t offset, std::uint64_t bytes, Advice advice) const {
  if (offset >= size_) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t end = offset + std::min<std::uint64_t>(bytes, size_ - offset);
  // madvise wants the start of a page. Pages shared with a neighbour are left alone when dropping:
  // it may be in use.
  const bool drops = advice == Advice::kDontNeed;
  const std::uint64_t begin = (drops ? offset + page - 1 : offset) / page * page;
  const std::uint64_t stop = drops && end != size_ ? end / page * page : end;
  if (begin >= stop) return;
  const int wish = drops                         ? MADV_DONTNEED
                   : advice == Advice::kWillNeed ? MADV_WILLNEED
                                                 : MADV_SEQUENTIAL;
  ::madvise(base_ + begin, stop - begin, wish);
}

}  // namespace pawfect
