// The SHA-256 of a file, read piece by piece from its start; its position is moved.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace pawfect {

struct FileDigest {
  std::string hex;  // 64 lower-case hexadecimal digits
  std::uint64_t size = 0;
};

// Error: the system's number (errno).
std::expected<FileDigest, int> digest_file(int descriptor);

}  // namespace pawfect
