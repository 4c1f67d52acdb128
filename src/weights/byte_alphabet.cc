#include "weights/byte_alphabet.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "weights/utf8.h"

namespace pawfect {
namespace {

bool stands_for_itself(std::size_t byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

}  // namespace

std::array<char32_t, 256> byte_stand_ins() {
  std::array<char32_t, 256> out{};
  char32_t next = 0x100;
  for (std::size_t byte = 0; byte < out.size(); ++byte) {
    out[byte] = stands_for_itself(byte) ? char32_t(byte) : next++;
  }
  return out;
}

std::array<std::uint8_t, 256> bytes_by_stand_in() {
  const auto stand_ins = byte_stand_ins();
  std::array<std::uint8_t, 256> out{};
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  std::ranges::sort(out, {}, [&](std::uint8_t byte) { return stand_ins[byte]; });
  return out;
}

std::string stand_in_text(std::uint8_t byte) {
  std::string out;
  append_utf8(out, byte_stand_ins()[byte]);
  return out;
}

}  // namespace pawfect
