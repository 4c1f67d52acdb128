#include "image/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace pawfect {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> cannot_read(const std::string& name, int error) {
  std::string_view advice = "give another file";
  if (error == ENOENT) advice = "check the name";
  if (error == EACCES || error == EPERM) advice = "check its permissions";
  if (error == EISDIR) advice = "give the picture file inside";
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: cannot be read: {}; {}", name, std::strerror(error), advice));
}

}  // namespace

std::string for_message(std::string_view name) {
  constexpr std::size_t kLongest = 200;
  std::string out;
  for (const char c : name) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  if (out.size() > kLongest)
    out = out.substr(0, kLongest / 2) + "..." + out.substr(out.size() - kLongest / 2);
  return out;
}

Result<ByteVector> read_file(const std::filesystem::path& path, std::int64_t max_bytes) {
  const std::string name = for_message(path.string());
  if (path.empty())
    return fail(ErrorCode::kBadInput, "the file name is empty; give the path of a picture");
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return cannot_read(name, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return cannot_read(name, errno);
  if (S_ISDIR(status.st_mode)) return cannot_read(name, EISDIR);

  const auto too_long = [&] {
    return fail(
        ErrorCode::kBadInput,
        fmt::format("{}: the file has over {:.1f} MiB, which is the most allowed; scale it down or "
                    "compress it first",
                    name, double(max_bytes) / 1048576));
  };
  if (S_ISREG(status.st_mode) && status.st_size > max_bytes) return too_long();
  ByteVector bytes;
  if (S_ISREG(status.st_mode))
    bytes.reserve(std::size_t(status.st_size) + 1);  // one more: the end is seen without growing
  constexpr std::size_t kPiece = 256 * 1024;
  std::size_t have = 0;
  while (true) {
    const std::size_t room = std::max<std::size_t>(bytes.capacity() - have, 1);
    bytes.resize(have + std::min(room, kPiece));
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(name, errno);
    if (got == 0) break;
    have += std::size_t(got);
    if (std::int64_t(have) > max_bytes) return too_long();
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace pawfect
