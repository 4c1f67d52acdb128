#include "base/random_id.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <system_error>

namespace pawfect {
namespace {

void fill_randomly(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = getrandom(bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    // Without it there are no ids, and a weaker source would make them guessable.
    if (count <= 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string random_id() {
  std::array<unsigned char, 16> bytes;
  fill_randomly(bytes);
  std::string id;
  for (const unsigned char byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

double random_fraction() {
  std::uint64_t bits = 0;
  fill_randomly({reinterpret_cast<unsigned char*>(&bits), sizeof bits});
  return double(bits >> 11) * 0x1p-53;
}

}  // namespace pawfect
