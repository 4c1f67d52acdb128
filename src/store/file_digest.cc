#include "store/file_digest.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "base/sha256.h"

namespace pawfect {

std::expected<FileDigest, int> digest_file(int descriptor) {
  if (lseek(descriptor, 0, SEEK_SET) != 0) return std::unexpected(errno);
  std::array<std::byte, 64 * 1024> piece;
  Sha256 digest;
  std::uint64_t size = 0;
  while (true) {
    const ssize_t count = ::read(descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(errno);
    if (count == 0) return FileDigest{hex(digest.finish()), size};
    digest.add(std::span(piece).first(static_cast<std::size_t>(count)));
    size += static_cast<std::uint64_t>(count);
  }
}

}  // namespace pawfect
